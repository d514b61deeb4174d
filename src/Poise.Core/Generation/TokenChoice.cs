namespace Poise.Core.Generation;

/// <summary>The token that was chosen.</summary>
/// <param name="Id">Its id.</param>
/// <param name="LogProb">Natural logarithm of the probability that the model itself gives it: of the logits as they came,
/// before bias, penalties, mask, temperature and cuts. Null unless asked for.</param>
/// <param name="Top">The model's likeliest tokens, likeliest first, equal ones by id; without those of probability 0.</param>
public readonly record struct TokenChoice(int Id, double? LogProb, IReadOnlyList<TokenLogProb> Top);

/// <summary>A token and the natural logarithm of its probability.</summary>
public readonly record struct TokenLogProb(int Id, double LogProb);
