namespace Poise.Core.Training.Graph;

/// <summary>
/// The trained factors of one adapted matrix: W' = W + scale B A, and with a magnitude (DoRA) W' = diag(m / n) (W + scale B A)
/// where n is the norm of each row. For stacked experts A is [experts * r, in] and B [out, r * experts]: row e r + j and column
/// j experts + e belong to expert e. Of a table of embeddings the inputs are its rows and the outputs their elements.
/// </summary>
/// <param name="A">[r, in].</param>
/// <param name="B">[out, r].</param>
/// <param name="Scale">alpha / r, or alpha / sqrt(r).</param>
/// <param name="Magnitude">[1, out].</param>
/// <param name="Bias">[1, out], added to B A x before it is scaled.</param>
sealed record LoraPair(Parameter A, Parameter B, float Scale, Parameter? Magnitude = null, Parameter? Bias = null);
