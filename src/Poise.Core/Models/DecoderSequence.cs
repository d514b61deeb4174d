using Poise.Tensors;

namespace Poise.Core.Models;

/// <summary>One cache a layer; windowed layers hold their window.</summary>
sealed class DecoderSequence : Sequence
{
    readonly KeyValueCache[] _layers;
    readonly int _capacity;
    int _length;

    public DecoderSequence(ModelConfig config, int context, bool half)
    {
        _capacity = context;
        _layers = new KeyValueCache[config.Layers];
        for (int layer = 0; layer < config.Layers; layer++)
        {
            int window = config.WindowOf(layer);
            _layers[layer] = new KeyValueCache(config.KeyValueHeads, config.HeadSize, window > 0 ? Math.Min(window, context) : context, half);
        }
    }

    public override int Length => _length;

    public override int Capacity => _capacity;

    public KeyValueCache Layer(int layer) => _layers[layer];

    public void Advance(int tokens) => _length += tokens;

    protected override void Dispose(bool disposing)
    {
        foreach (KeyValueCache layer in _layers) layer.Dispose();
    }
}
