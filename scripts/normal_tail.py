#!/usr/bin/env python3
"""Fits the polynomial that the GELU kernel takes for the normal distribution's tail, and prints it as C++.

For x >= 0:  1 - Phi(x) = exp(-x^2/2) * P(t),  t = 1 / (1 + S x),
where P approximates erfcx(x/sqrt(2))/2, a smooth function of t. The fit is minimax in the relative error over
0 <= x <= 14, beyond which fp32 holds no tail; found by reweighted least squares (Lawson's algorithm).

    scripts/normal_tail.py            needs numpy and scipy
"""
import numpy
from scipy.special import erfcx

SCALE, DEGREE = 0.4, 8

x = numpy.concatenate([numpy.linspace(0, 3, 3000), numpy.linspace(3, 14, 1500)])
t = 1 / (1 + SCALE * x)
target = erfcx(x / numpy.sqrt(2)) / 2
powers = numpy.vander(t, DEGREE + 1, increasing=True) / target[:, None]
weight = numpy.full(x.size, 1 / x.size)
for _ in range(400):
    root = numpy.sqrt(weight)[:, None]
    coefficients = numpy.linalg.lstsq(powers * root, root[:, 0], rcond=None)[0]
    error = numpy.abs(powers @ coefficients - 1)
    weight *= error
    weight /= weight.sum()

print(f"// scripts/normal_tail.py: relative error at most {error.max():.1e}")
print(f"constexpr float kTailScale = {SCALE}F;")
print("constexpr float kTail[] = {" + ", ".join(f"{c:.9g}F" for c in coefficients.astype(numpy.float32)) + "};")
