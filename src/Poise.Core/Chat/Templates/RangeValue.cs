namespace Poise.Core.Chat.Templates;

sealed class RangeValue(long start, long stop, long step, int count) : Value, ISized
{
    public long Start => start;

    public long Stop => stop;

    public long Step => step;

    public int Count => count;

    public override string TypeName => "range";

    public override bool IsTrue => count > 0;

    public long At(int index) => start + index * step;
}
