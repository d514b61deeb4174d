using Poise.Cli.Terminal;

namespace Poise.Tests.Terminal;

/// <summary>Whatever was drawn before, the screen shows what the region was told last.</summary>
public sealed class LiveRegionTests
{
    const int Width = 12;
    const int Height = 7;

    static readonly string[] s_pieces = ["a", "bc", "日", "本語", "e\u0301", " ", "👍"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void AnySequenceOfUpdatesEndsAsTheLastOne(int seed)
    {
        var random = new Random(seed);
        for (int run = 0; run < 200; run++)
        {
            var screen = new VirtualScreen(Width, Height);
            screen.Write("before\r\n");
            var region = new LiveRegion(screen);
            var lines = new List<StyledLine>();
            // No more rows than fit below the one that stood there: nothing scrolls, so every row can be compared.
            for (int update = 0; update < 12; update++)
            {
                Change(random, lines, Height - 1);
                (int, int)? cursor = lines.Count > 0 && random.Next(2) == 0 ? (random.Next(lines.Count), random.Next(Width)) : null;
                region.Show(lines, cursor);
                Assert.Equal(Text([new StyledLine("before"), .. lines]), screen.All);
                if (cursor is (int row, int column)) Assert.Equal((row + 1, column), screen.Cursor);
            }
            region.Finish();
            screen.Write("after");
            Assert.Equal(Text([new StyledLine("before"), .. lines, new StyledLine("after")]), screen.All);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void LinesThatOnlyGrowScrollWithoutLoss(int seed)
    {
        var random = new Random(seed);
        for (int run = 0; run < 100; run++)
        {
            var screen = new VirtualScreen(Width, Height);
            var region = new LiveRegion(screen);
            List<StyledLine> all = [], live = [];
            for (int update = 0; update < 40; update++)
            {
                int more = random.Next(4);
                for (int i = 0; i < more; i++) live.Add(Line(random));
                if (live.Count > 0) live[^1] = Line(random);
                region.Show(live);
                int final = random.Next(live.Count + 1);
                region.Freeze(final);
                all.AddRange(live[..final]);
                live.RemoveRange(0, final);
                Assert.Equal(Text([.. all, .. live]), screen.All);
            }
        }
    }

    [Fact]
    public void NothingIsWrittenWhereNothingChanged()
    {
        var screen = new VirtualScreen(Width, Height);
        var region = new LiveRegion(screen);
        StyledLine[] lines = [new("one", TextStyle.Strong), new("two"), new("three")];
        region.Show(lines);
        int before = screen.CellsWritten;
        region.Show(lines);
        Assert.Equal(before, screen.CellsWritten);
        region.Show([lines[0], new StyledLine("TWO"), lines[2]]);
        Assert.Equal(before + 3, screen.CellsWritten);
    }

    static void Change(Random random, List<StyledLine> lines, int most)
    {
        switch (random.Next(4))
        {
            case 0 when lines.Count > 0: lines.RemoveAt(random.Next(lines.Count)); break;
            case 1 when lines.Count > 0: lines[random.Next(lines.Count)] = Line(random); break;
            case 2 when lines.Count > 0: lines.RemoveRange(0, random.Next(lines.Count)); break;
            default:
                if (lines.Count < most) lines.Insert(random.Next(lines.Count + 1), Line(random));
                break;
        }
    }

    static StyledLine Line(Random random)
    {
        StyledLine line = StyledLine.Empty;
        int width = random.Next(Width + 1);
        while (true)
        {
            StyledLine longer = line + new StyledLine(s_pieces[random.Next(s_pieces.Length)], random.Next(3) == 0 ? TextStyle.Strong : default);
            if (longer.Width > width) return line;
            line = longer;
        }
    }

    static string Text(IEnumerable<StyledLine> lines) => string.Join('\n', lines.Select(line => line.Text.TrimEnd())).TrimEnd('\n');
}
