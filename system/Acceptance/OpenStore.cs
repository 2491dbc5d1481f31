namespace Souk.Acceptance;

/// <summary>One store for the classes that only shop at it, one after the other: it takes longer to build than to test.</summary>
[CollectionDefinition(nameof(OpenStore))]
public sealed class OpenStore : ICollectionFixture<Store>;
