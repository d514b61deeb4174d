using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Poise.Core.Chat.Templates;
using Poise.Tensors;
using Poise.Tests.Support;

namespace Poise.Tests.Chat.Templates;

/// <summary>Templates come from anywhere: whatever one does, it ends soon, with text or with a clear error, and never takes the process with it.</summary>
public sealed class HostileTemplateTests
{
    // Work is what is bounded; on an idle machine each ends within a second. A crowded one may take several times as long.
    static readonly TimeSpan s_soon = TimeSpan.FromSeconds(10);

    public static TheoryData<string, string> Bombs => new()
    {
        { "endless macro", "{% macro f() %}\n{{ f() }}{% endmacro %}\n{{ f() }}" },
        { "two macros that call each other", "{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{{ f() }}{% endmacro %}{{ f() }}" },
        { "branching macros", "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}" },
        { "nested loops", "{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(100000) %}{% endfor %}{% endfor %}{% endfor %}" },
        { "repeated text", "{{ 'a' * 10**9 }}" },
        { "repeated list", "{{ [1] * 10**9 }}" },
        { "repetition of repetition", "{% set x = 'a' * 1000000 %}{% for i in range(100000) %}{% set y = x * 10 %}{% endfor %}" },
        { "width", "{{ '%1000000000d' % 1 }}" },
        { "width from an argument", "{{ '%*d' % (10**9, 1) }}" },
        { "precision", "{{ '%.999999999f' % 1.5 }}" },
        { "width of format", "{{ '{:>999999999}'.format(1) }}" },
        { "width of width", "{{ '{:{}}'.format(1, 10**9) }}" },
        { "tower of powers", "{{ 9**(9**9) }}{{ 9**9**9 }}" },
        { "large power", "{{ 2**100000 }}" },
        { "growing integers", "{% set ns = namespace(x=3) %}{% for i in range(100) %}{% set ns.x = ns.x * ns.x %}{% endfor %}{{ ns.x }}" },
        { "doubling text", "{% set ns = namespace(x='ab') %}{% for i in range(100) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}{{ ns.x | length }}" },
        { "doubling list", "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = ns.x + ns.x %}{% endfor %}" },
        { "shared lists", "{% set ns = namespace(x=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}" },
        { "shared tuples as keys", "{% set ns = namespace(x=(1,)) %}{% for i in range(100) %}{% set ns.x = (ns.x, ns.x) %}{% endfor %}{{ {ns.x: 1} }}" },
        { "shared lists compared", "{% set ns = namespace(x=[1], y=[1]) %}{% for i in range(100) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}" },
        { "deep list", "{% set ns = namespace(x=[]) %}{% for i in range(50000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}" },
        { "deep list as JSON", "{% set ns = namespace(x=[]) %}{% for i in range(50000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | tojson }}" },
        { "deep lists compared", "{% set ns = namespace(x=[], y=[]) %}{% for i in range(50000) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x == ns.y }}" },
        { "deep tuple as key", "{% set ns = namespace(x=()) %}{% for i in range(50000) %}{% set ns.x = (ns.x,) %}{% endfor %}{{ {ns.x: 1} }}" },
        { "deep list printed", "{% set ns = namespace(x=[]) %}{% for i in range(50000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x | pprint }}" },
        { "deep iterators", "{% set ns = namespace(x=[1]) %}{% for i in range(50000) %}{% set ns.x = ns.x | map('string') %}{% endfor %}{{ ns.x | list }}" },
        { "deep rejections", "{% set ns = namespace(x=[1]) %}{% for i in range(50000) %}{% set ns.x = ns.x | select %}{% endfor %}{{ ns.x | list }}" },
        { "deep batches", "{% set ns = namespace(x=[1]) %}{% for i in range(50000) %}{% set ns.x = ns.x | batch(2) %}{% endfor %}{{ ns.x | list }}" },
        { "deep unique", "{% set ns = namespace(x=[1]) %}{% for i in range(50000) %}{% set ns.x = ns.x | unique %}{% endfor %}{{ ns.x | list }}" },
        { "namespace in itself", "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}" },
        { "namespace in itself as JSON", "{% set ns = namespace() %}{% set ns.x = [ns] %}{{ ns.x | tojson }}" },
        { "endless recursive loop", "{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}" },
        { "large batch", "{{ [1] | batch(10**9, 'x') | list }}" },
        { "many slices", "{{ [1] | slice(10**9) | list }}" },
        { "large centre", "{{ 'x' | center(10**9) }}" },
        { "large indent", "{{ 'x\ny' | indent(10**9) }}" },
        { "indent of JSON", "{{ [[[[1]]]] | tojson(indent=10**9) }}" },
        { "zeros", "{{ '1'.zfill(10**9) }}" },
        { "tabs", "{{ '\t'.expandtabs(10**9) }}" },
        { "replacement", "{% set x = 'a' * 1000000 %}{{ x.replace('', x) }}" },
        { "joined", "{% set x = 'a' * 1000000 %}{{ x.join(range(100) | map('string') | list) }}" },
        { "rounding", "{{ 5 | round(-10**9) }}{{ 1.5 | round(10**9) }}{{ 5 | round(10**9, 'ceil') }}" },
        { "width of a date", "{{ strftime_now('%999999999Y') }}" },
        { "huge range", "{{ range(10**30) | list }}" },
        { "huge steps", "{{ range(0, 10**30, 10**29) | list }}" },
        { "endless text", "{% for i in range(100000) %}{{ 'a' * 10000 }}{% endfor %}" },
        { "cells", "{% set x = 'a' * 1000 %}{% for i in range(100000) %}{% for c in x %}{% endfor %}{% endfor %}" },
        { "splitting", "{% set x = 'a ' * 100000 %}{% for i in range(100000) %}{% set y = x.split() %}{% endfor %}" },
        { "searching", "{% set x = 'a' * 1000000 %}{% for i in range(100000) %}{% set y = x.find('b') %}{% endfor %}" },
        { "membership", "{% set x = 'a' * 1000000 %}{% for i in range(100000) %}{% set y = 'b' in x %}{% endfor %}" },
        { "stripping", "{% set x = 'a' * 1000000 %}{% for i in range(100000) %}{% set y = x.strip('a') %}{% endfor %}" },
        { "asking", "{% set x = 'a' * 1000000 %}{% for i in range(100000) %}{% set y = x is upper %}{% endfor %}" },
        { "counting words", "{% set x = 'a ' * 1000000 %}{% for i in range(100000) %}{% set y = x | wordcount %}{% endfor %}" },
        { "reading numbers", "{% set x = ' ' * 1000000 %}{% for i in range(100000) %}{% set y = x | int %}{% endfor %}" },
        { "long keys", "{% set x = 'a' * 1000000 %}{% set d = {x: 1} %}{% for i in range(100000) %}{% set y = d[x] %}{% endfor %}" },
        { "partitions", "{% set x = 'a' * 1000000 %}{% for i in range(100000) %}{% set y = x.partition('b') %}{% endfor %}" },
        { "prefixes", "{% set x = 'a' * 1000000 %}{% for i in range(100000) %}{% set y = x.startswith(x) %}{% endfor %}" },
        { "folding", "{% set x = ['a' * 1000000, 'b' * 1000000] %}{% for i in range(100000) %}{% set y = x | sort %}{% endfor %}" },
        { "comparing", "{% set x = 'a' * 1000000 %}{% set y = 'a' * 1000000 %}{% for i in range(100000) %}{% set z = x == y %}{% endfor %}" },
        { "sorting", "{% for i in range(100000) %}{% set y = range(10000) | sort %}{% endfor %}" },
        { "keys", "{% for i in range(100000) %}{% set y = dict(range(1000) | batch(2)) %}{% endfor %}" },
        { "brackets", "{{ " + new string('[', 100_000) + new string(']', 100_000) + " }}" },
        { "parentheses", "{{ " + new string('(', 100_000) + "1" + new string(')', 100_000) + " }}" },
        { "negations", "{{ " + string.Concat(Enumerable.Repeat("not ", 100_000)) + "1 }}" },
        { "signs", "{{ " + new string('-', 100_000) + "1 }}" },
        { "sums", "{{ 1" + string.Concat(Enumerable.Repeat(" + 1", 100_000)) + " }}" },
        { "filters", "{{ 1" + string.Concat(Enumerable.Repeat(" | string", 100_000)) + " }}" },
        { "members", "{{ x" + string.Concat(Enumerable.Repeat(".x", 100_000)) + " }}" },
        { "conditions", string.Concat(Enumerable.Repeat("{% if 1 %}", 100_000)) },
        { "choices", "{{ " + string.Concat(Enumerable.Repeat("1 if 0 else ", 100_000)) + "1 }}" },
        { "targets", "{% set " + new string('(', 100_000) },
        { "long source", new string(' ', TemplateLimits.MaximumSource + 1) },
        { "unclosed comments", string.Concat(Enumerable.Repeat("{#", 500_000)) },
        { "unclosed raw", "{% raw %}" + string.Concat(Enumerable.Repeat("{% endraw ", 200_000)) },
        { "many raw tags", string.Concat(Enumerable.Repeat("{% raw ", 200_000)) },
        { "long integer", "{{ " + new string('9', 1_000_000) + " }}" },
        { "digits of a product", "{{ 10**5000 }}" },
    };

    [Theory]
    [MemberData(nameof(Bombs), DisableDiscoveryEnumeration = true)]
    public void ABombIsAnErrorSoon(string name, string source)
    {
        var watch = Stopwatch.StartNew();
        TemplateException error = Assert.Throws<TemplateException>(() => ChatTemplate.Parse(source, name).Render(Context("{}"), DateTimeOffset.UnixEpoch));
        Assert.True(watch.Elapsed < s_soon, $"{name} took {watch.Elapsed}");
        Assert.Equal(name, error.Template);
        Assert.True(error.Line >= 1);
        Assert.StartsWith($"{name}: line {error.Line}: ", error.Message, StringComparison.Ordinal);
        Assert.True(error.Message.Length < 500, error.Message);
    }

    [Fact]
    public void TheLineIsTheOneThatLoops()
    {
        TemplateException error = Assert.Throws<TemplateException>(() => ChatTemplate.Parse("a\nb\n{% for i in range(100000) %}{% for j in range(100000) %}\n{{ i }}{% endfor %}{% endfor %}", "loop")
            .Render(Context("{}"), DateTimeOffset.UnixEpoch));
        Assert.InRange(error.Line, 3, 4);
        Assert.Contains("more work than is allowed", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void SmallStacksAreEnough()
    {
        // The pool's threads have less stack than the main one.
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(() => ChatTemplate.Parse("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", "deep").Render(Context("{}"), DateTimeOffset.UnixEpoch)), 256 << 10);
        thread.Start();
        thread.Join();
        Assert.IsType<TemplateException>(failure);
    }

    [Fact]
    public void DeepInputsAreRefused()
    {
        string deep = "{\"x\":" + new string('[', 1000) + new string(']', 1000) + "}";
        using JsonDocument document = JsonDocument.Parse(deep, new JsonDocumentOptions { MaxDepth = 2000 });
        Assert.Throws<PoiseException>(() => TemplateContext.From(document.RootElement));
    }

    [Fact]
    public void ACancelledRunStops()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        ChatTemplate template = ChatTemplate.Parse("{% for i in range(100000) %}{{ i }}{% endfor %}", "cancelled");
        Assert.Throws<OperationCanceledException>(() => template.Render(Context("{}"), DateTimeOffset.UnixEpoch, null, source.Token));
    }

    [Fact]
    public void LimitsCanBeSet()
    {
        ChatTemplate template = ChatTemplate.Parse("{% for i in range(50) %}0123456789{% endfor %}", "limited");
        Assert.Equal(500, template.Render(Context("{}"), DateTimeOffset.UnixEpoch).Length);
        Assert.Throws<TemplateException>(() => template.Render(Context("{}"), DateTimeOffset.UnixEpoch, new TemplateLimits { Text = 499 }));
        Assert.Throws<TemplateException>(() => template.Render(Context("{}"), DateTimeOffset.UnixEpoch, new TemplateLimits { Work = 50 }));
        Assert.Throws<TemplateException>(() => template.Render(Context("{}"), DateTimeOffset.UnixEpoch, new TemplateLimits { Depth = 1 }));
    }

    [Fact]
    public void WhatTheTemplateRaisesIsUnchanged()
    {
        TemplateException error = Assert.Throws<TemplateException>(() => ChatTemplate.Parse("a\n{{ raise_exception('No <such> role:\n' ~ 5) }}", "raising").Render(Context("{}"), DateTimeOffset.UnixEpoch));
        Assert.Equal("No <such> role:\n5", error.Message);
        Assert.True(error.IsRaisedByTemplate);
        Assert.Equal(("raising", 2), (error.Template, error.Line));
    }

    [Fact]
    public void MutatedTemplatesEndInTextOrAnError()
    {
        var random = new Random(20260101);
        string[] templates = [.. Directory.EnumerateFiles(Shared.Golden("jinja", "templates"), "*.jinja").Order(StringComparer.Ordinal).Select(File.ReadAllText)];
        JsonElement conversations = GoldenCases.Read(Shared.Golden("jinja", "conversations.json")).GetProperty("conversations");
        TemplateContext[] contexts = [.. conversations.EnumerateObject().Select(c => TemplateContext.From(c.Value))];
        var limits = new TemplateLimits { Work = 200_000 };
        var watch = Stopwatch.StartNew();
        int errors = 0, texts = 0;
        while (watch.Elapsed < TimeSpan.FromSeconds(4) && errors + texts < 20_000)
        {
            string source = Mutate(random, templates[random.Next(templates.Length)], templates[random.Next(templates.Length)]);
            try
            {
                ChatTemplate.Parse(source, "mutant").Render(contexts[random.Next(contexts.Length)], DateTimeOffset.UnixEpoch, limits);
                texts++;
            }
            catch (TemplateException)
            {
                errors++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{e}\n{source}");
            }
        }
        Assert.True(errors > 50 && texts > 50, $"{errors} errors, {texts} texts");
    }

    static string Mutate(Random random, string source, string other)
    {
        string[] pieces = ["{%", "%}", "{{", "}}", "{#", "#}", "-", "|", "(", ")", "[", "]", "'", "is", "not", " if ", "else", "endfor", "loop", "messages", ".", ":", "*", "**", "~", "%", "0", "-1", "none", "\\", "{% break %}", "tojson", "map"];
        var text = new StringBuilder(source);
        for (int i = random.Next(1, 5); i > 0 && text.Length > 2; i--)
        {
            int at = random.Next(text.Length), length = Math.Min(random.Next(1, 12), text.Length - at);
            switch (random.Next(5))
            {
                case 0: text.Remove(at, length); break;
                case 1: text.Insert(at, pieces[random.Next(pieces.Length)]); break;
                case 2: text.Insert(at, text.ToString(at, length)); break;
                case 3: text[at] = (char)random.Next(32, 127); break;
                default:
                    int from = random.Next(other.Length);
                    text.Insert(at, other.AsSpan(from, Math.Min(random.Next(1, 40), other.Length - from)));
                    break;
            }
        }
        return text.ToString();
    }

    static TemplateContext Context(string json)
    {
        using JsonDocument document = JsonDocument.Parse(json);
        return TemplateContext.From(document.RootElement);
    }
}
