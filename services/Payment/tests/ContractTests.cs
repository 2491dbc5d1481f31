namespace Souk.Payment.Tests;

public sealed class ContractTests
{
    [Fact]
    public async Task The_published_contract_is_what_the_code_does()
    {
        await using var payment = await PaymentUnderTest.StartAsync(Engine.Sqlite);
        await Contract.MatchesAsync(payment.Service, "services/Payment");
    }
}
