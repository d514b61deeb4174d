namespace Poise.Core.Training.Graph;

/// <summary>
/// The trained factors of one adapted matrix: W' = W + scale B A, and with a magnitude (DoRA) W' = diag(m / n) (W + scale B A)
/// where n is the norm of each row. For stacked experts A is [experts * r, in] and B [out, r * experts]: row e r + j and column
/// j experts + e belong to expert e.
/// </summary>
/// <param name="A">[r, in].</param>
/// <param name="B">[out, r].</param>
/// <param name="Scale">alpha / r, or alpha / sqrt(r).</param>
/// <param name="Magnitude">[1, out].</param>
sealed record LoraPair(Parameter A, Parameter B, float Scale, Parameter? Magnitude = null);
