namespace Poise.Core.Training.Optimizers;

/// <summary>How an optimiser steps. The learning rate is not here: it changes with every step.</summary>
/// <param name="Kind">A row of <see cref="OptimizerKinds"/>.</param>
/// <param name="WeightDecay">Per unit of learning rate, for the parameters that <see cref="WeightDecay.Applies"/> to.</param>
/// <param name="Momentum">SGD's; 0 for none.</param>
/// <param name="Nesterov">SGD looks ahead by the momentum.</param>
/// <param name="TableRate">Muon: the learning rate of what goes by Adam, as a part of that of the matrices.</param>
/// <param name="Master">What the trained values themselves are kept in.</param>
public sealed record OptimizerSettings(
    string Kind = "adamw",
    double Beta1 = 0.9,
    double Beta2 = 0.999,
    double Epsilon = 1e-8,
    double WeightDecay = 0,
    double Momentum = 0,
    bool Nesterov = false,
    double TableRate = 1,
    MasterPrecision Master = MasterPrecision.F32);
