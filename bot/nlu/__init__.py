"""The only place, with actions/, that imports Rasa: graph components and the dialogue process."""
