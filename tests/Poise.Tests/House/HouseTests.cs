namespace Poise.Tests.House;

public class HouseTests
{
    [Fact]
    public void TheRepositoryIsFound() => Assert.True(Directory.Exists(Support.Shared.RepositoryRoot));
}
