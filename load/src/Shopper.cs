using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Souk.Load;

/// <summary>
/// One shopper, from the door to the door. The first action counts from when the shopper was meant to arrive, each further
/// one from the answer before it.
/// </summary>
sealed class Shopper(long number, LoadPlan plan, Shelf shelf, AccountPool accounts, StoreClient store, Report report, TimeProvider clock)
{
    const int LinesMax = 3;
    const int QuotesMax = 3;
    const int ComesBackMax = 20;
    static readonly TimeSpan ComesBackAfter = TimeSpan.FromSeconds(1);

    long _meant;
    Account? _account;

    public long Number => number;

    public Chance Chance { get; } = new(plan.Seed, number);

    /// <summary>Does what the shopper came for.</summary>
    /// <param name="journey">One of <see cref="Journeys.All"/>.</param>
    /// <param name="meant">When the shopper was meant to arrive.</param>
    /// <param name="cancellation">Ends the run.</param>
    public async Task GoAsync(string journey, long meant, CancellationToken cancellation)
    {
        _meant = meant;
        var isDone = journey switch
        {
            Journeys.Browse => await BrowseAsync(cancellation),
            Journeys.Search => await SearchAsync(cancellation),
            _ => await WithAccountAsync(journey, cancellation),
        };
        report.Action("journey: " + journey).Add(clock.GetElapsedTime(meant), isDone ? 200 : 0);
        if (isDone) report.HasFinished();
    }

    async Task<bool> WithAccountAsync(string journey, CancellationToken cancellation)
    {
        _account = await accounts.TakeAsync();
        try
        {
            return journey == Journeys.Cart ? await FillCartAsync(cancellation) is not null : await CheckOutAsync(journey, cancellation);
        }
        finally
        {
            if (_account is not null) accounts.Give(_account);
        }
    }

    async Task<bool> BrowseAsync(CancellationToken cancellation)
    {
        var isDone = await LookAsync("home", plan.UsesApi ? "/api/catalog/products" : "/", cancellation);
        if (shelf.Categories.Count > 0)
        {
            var category = Uri.EscapeDataString(Chance.Of(shelf.Categories));
            isDone &= await LookAsync("category", plan.UsesApi ? "/api/catalog/products?category=" + category : "/category/" + category, cancellation);
        }
        for (var products = 1 + Chance.Below(3); products > 0; products--) isDone &= await LookAtProductAsync(cancellation);
        return isDone;
    }

    async Task<bool> SearchAsync(CancellationToken cancellation)
    {
        var word = Uri.EscapeDataString(Chance.Of(shelf.Words));
        return await LookAsync("search", (plan.UsesApi ? "/api/catalog/products?query=" : "/search?query=") + word, cancellation)
            & await LookAtProductAsync(cancellation);
    }

    Task<bool> LookAtProductAsync(CancellationToken cancellation) =>
        LookAsync("product", (plan.UsesApi ? "/api/catalog/products/" : "/product/") + Uri.EscapeDataString(Chance.Of(shelf.Products)), cancellation);

    async Task<bool> LookAsync(string action, string path, CancellationToken cancellation) =>
        (await SendAsync(new Request(action, HttpMethod.Get, path) { IsNoted = false }, cancellation)).IsOk;

    /// <summary>A cart with one to three lines; null when the store did not give one.</summary>
    async Task<string?> FillCartAsync(CancellationToken cancellation)
    {
        var made = await SendAsync(new Request("new cart", HttpMethod.Post, "/api/cart/carts") { IsHarmless = true }, cancellation);
        if (made.Text("id") is not { } id) return null;
        var added = 0;
        for (var lines = 1 + Chance.Below(LinesMax); lines > 0; lines--)
        {
            var put = await SendAsync(new Request("add line", HttpMethod.Put, $"/api/cart/carts/{id}/lines/{Uri.EscapeDataString(Chance.Of(shelf.Skus))}",
                Json(new CartLine(1 + Chance.Below(2)), LoadJson.Default.CartLine)), cancellation);
            if (put.IsOk) added++;
        }
        return added > 0 ? id : null;
    }

    async Task<bool> CheckOutAsync(string journey, CancellationToken cancellation)
    {
        report.BeganCheckout();
        for (var visits = 1; ; visits++)
        {
            if (await TryCheckOutAsync(journey, mayComeBack: _account is not null && visits < ComesBackMax, cancellation) is { } isClear) return isClear;
            await Task.Delay(ComesBackAfter, clock, cancellation);
            _meant = clock.GetTimestamp();
        }
    }

    /// <returns>Null: what is in their cart is being bought already, because the order before has just been decided, and they come back.</returns>
    async Task<bool?> TryCheckOutAsync(string journey, bool mayComeBack, CancellationToken cancellation)
    {
        if (await FillCartAsync(cancellation) is not { } cart) return Ended("no cart", isClear: false);
        var quoted = await SendAsync(new Request("quote", HttpMethod.Post, "/api/ordering/quotes",
            Json(new QuoteAsked(cart, "DE", "10115"), LoadJson.Default.QuoteAsked))
        { IsHarmless = true }, cancellation);
        if (!quoted.IsOk) return Refused(quoted);

        var card = "pm_card_" + plan.Cards.Pick(Chance.Next());
        // Who is asked by the bank has time to think again; anybody else's order is confirmed before that.
        if (journey == Journeys.Cancel && Chance.Next() < 0.5) card = "pm_card_3ds";
        var (order, refused) = await OrderAsync(cart, quoted.Json, card, cancellation);
        if (order is null) return refused switch
        {
            null => Ended("unreadable order", isClear: false),
            { Code: "cart.in_checkout" } when mayComeBack => null,
            _ => Refused(refused),
        };
        report.PlacedOrder();
        if (journey == Journeys.Cancel) order = await CancelAsync(order, cancellation);
        order = await AwaitAsync(order, cancellation);
        if (journey == Journeys.Return && order.Outcome == "confirmed") await ReturnAsync(order, cancellation);
        if (_account is not null) await TakeOutAsync(cart, order.SoldOut, cancellation);
        return Ended(order.Ending, order.Outcome != "pending" || order.State == "Declined");
    }

    /// <summary>Whoever comes again finds their cart as they left it: they take out what the store has no more of.</summary>
    async Task TakeOutAsync(string cart, IEnumerable<string> skus, CancellationToken cancellation)
    {
        foreach (var sku in skus)
        {
            await SendAsync(new Request("remove line", HttpMethod.Delete, $"/api/cart/carts/{cart}/lines/{Uri.EscapeDataString(sku)}"), cancellation);
        }
    }

    /// <summary>Orders what was quoted, and once more when the price or the cart has changed meanwhile; without an order, the answer to the last try.</summary>
    async Task<(OrderSeen? Order, Reply? Refused)> OrderAsync(string cart, JsonElement quote, string card, CancellationToken cancellation)
    {
        for (var quotes = 1; ; quotes++)
        {
            if (Quoted(cart, quote, card) is not { } asked) return (null, null);
            var reply = await PostAsync(new Request("order", HttpMethod.Post, "/api/ordering/orders", Json(asked, LoadJson.Default.OrderAsked), Chance.Key())
            { PaymentMethod = card }, cancellation);
            if (reply.IsOk) return (OrderSeen.Of(reply), null);
            // Somebody was there under this key before: the order's address says how it goes.
            if (reply is { Code: "request.in_progress", Location: { } location })
            {
                var seen = await SendAsync(new Request("read", HttpMethod.Get, location), cancellation);
                if (OrderSeen.Of(seen) is { } order) return (order, null);
            }
            if (reply.Code is not ("order.price_changed" or "order.cart_changed") || quotes == QuotesMax || !reply.Json.TryGetProperty("quote", out quote))
            {
                return (null, reply);
            }
        }
    }

    OrderAsked? Quoted(string cart, JsonElement quote, string card) =>
        quote.ValueKind == JsonValueKind.Object && quote.TryGetProperty("cartVersion", out var version) && quote.TryGetProperty("quoteHash", out var hash)
        && quote.TryGetProperty("shippingOption", out var option)
            ? new OrderAsked(cart, version.GetInt64(), hash.GetString()!, _account?.Email ?? $"shopper{number}@example.com",
                new Address($"Shopper {number.ToString(CultureInfo.InvariantCulture)}", "Invalidenstraße 117", "Berlin", "10115", "DE"), option.GetString()!, card)
            : null;

    /// <summary>Waits until the order is decided, does what the bank or the shop asks meanwhile, and pays with another card half of the time.</summary>
    async Task<OrderSeen> AwaitAsync(OrderSeen order, CancellationToken cancellation)
    {
        var began = clock.GetTimestamp();
        var answered = "";
        while (order.Outcome == "pending" && clock.GetElapsedTime(began) < plan.Patience)
        {
            if (order is { State: "AwaitingCustomer", NextActionUrl: { } bank } && bank != answered)
            {
                answered = bank;
                await SendAsync(new Request("3-D Secure", HttpMethod.Post, bank, Chance.Next() < 0.8 ? "answer=approve" : "answer=refuse") { IsForm = true, IsHarmless = true, IsNoted = false }, cancellation);
            }
            else if (order is { State: "Declined", CanPayAgain: true } && Chance.Next() < 0.5)
            {
                var paid = await PostAsync(new Request("pay", HttpMethod.Post, $"/api/ordering/orders/{order.Id}/payments",
                    Json(new PaymentAsked("pm_card_success"), LoadJson.Default.PaymentAsked), Chance.Key())
                { OrderId = order.Id, PaymentMethod = "pm_card_success" }, cancellation);
                if (OrderSeen.Of(paid) is { } seen) order = seen;
                continue;
            }
            else if (order.State == "Declined") return order;
            order = await PollAsync(order, cancellation);
        }
        return order;
    }

    async Task<OrderSeen> PollAsync(OrderSeen order, CancellationToken cancellation)
    {
        var asked = clock.GetTimestamp();
        var reply = await SendAsync(new Request("read", HttpMethod.Get, string.Create(CultureInfo.InvariantCulture,
            $"/api/ordering/orders/{order.Id}?after={order.Version}&wait=10"))
        { OrderId = order.Id }, cancellation);
        // A store that does not wait is not asked without a pause.
        if (OrderSeen.Of(reply) is { } seen && seen.Version > order.Version) return seen;
        if (clock.GetElapsedTime(asked) < TimeSpan.FromMilliseconds(100)) await Task.Delay(TimeSpan.FromMilliseconds(200), clock, cancellation);
        _meant = clock.GetTimestamp();
        return order;
    }

    async Task<OrderSeen> CancelAsync(OrderSeen order, CancellationToken cancellation) => OrderSeen.Of(await SendAsync(
        new Request("cancel", HttpMethod.Post, $"/api/ordering/orders/{order.Id}/cancel") { OrderId = order.Id, IsHarmless = true }, cancellation)) ?? order;

    /// <summary>Brings a piece back, once the money has been taken.</summary>
    async Task ReturnAsync(OrderSeen order, CancellationToken cancellation)
    {
        if (plan.Staff?.Invoke() is not var (ordering, token)) return;
        var began = clock.GetTimestamp();
        while (order.State is not "Completed" && clock.GetElapsedTime(began) < plan.Patience) order = await PollAsync(order, cancellation);
        if (order.Sku is not { } sku) return;
        await PostAsync(new Request("refund", HttpMethod.Post, new Uri(ordering, $"/api/ordering/orders/{order.Id}/refunds").ToString(),
            Json(new RefundAsked([new RefundLine(sku, 1)], "Brought back by a shopper of the load generator"), LoadJson.Default.RefundAsked), Chance.Key())
        { OrderId = order.Id, Identity = token }, cancellation);
    }

    /// <summary>Posts under a key, now and then twice: at once, as a double click does, or afterwards, as a retry does.</summary>
    async Task<Reply> PostAsync(Request request, CancellationToken cancellation)
    {
        var (repeats, atOnce) = (Chance.Next() < plan.RepeatChance, Chance.Next() < 0.5);
        var first = SendAsync(request, cancellation);
        if (!repeats) return await first;
        if (!atOnce) await first;
        await store.RepeatAsync(request, this, first, cancellation);
        _meant = clock.GetTimestamp();
        return await first;
    }

    /// <summary>What the store's API is shown: nothing for guests, and nothing of it to pages, the bank or staff's own calls.</summary>
    public string? TokenFor(Request request) => request.Path.StartsWith("/api/", StringComparison.Ordinal) ? _account?.AccessToken : null;

    async Task<Reply> SendAsync(Request request, CancellationToken cancellation)
    {
        var reply = await store.SendAsync(request, this, _meant, cancellation);
        _meant = clock.GetTimestamp();
        return reply;
    }

    bool Refused(Reply reply) => reply.Status is >= 400 and < 500 and not 429
        ? Ended("refused: " + (reply.Code ?? reply.Status.ToString(CultureInfo.InvariantCulture)), isClear: true)
        : Ended(reply.Status == 0 ? "no answer" : "fault: " + (reply.Code ?? reply.Status.ToString(CultureInfo.InvariantCulture)), isClear: false);

    bool Ended(string outcome, bool isClear)
    {
        report.Ended(outcome, isSignedIn: _account is not null);
        return isClear;
    }

    static string Json<T>(T value, JsonTypeInfo<T> json) => JsonSerializer.Serialize(value, json);
}

/// <summary>What a shopper reads of an order.</summary>
sealed record OrderSeen(string Id, long Version, string State, string Outcome, string? Reason, string? NextActionUrl, bool CanPayAgain, string? Sku)
{
    /// <summary>How it ended, in few words.</summary>
    public string Ending => Outcome == "pending" ? "undecided: " + State : Reason is null || Outcome == "confirmed" ? Outcome : $"{Outcome}: {Reason.Split(':')[0]}";

    /// <summary>The SKUs for which it was rejected.</summary>
    public IEnumerable<string> SoldOut => Reason?.Split(": ", 2) is ["out_of_stock", var skus] ? skus.Split(", ") : [];

    /// <summary>Null when the answer is no order.</summary>
    public static OrderSeen? Of(Reply reply)
    {
        if (!reply.IsOk || reply.Text("id") is not { } id || reply.Text("state") is not { } state) return null;
        var payment = reply.Json.TryGetProperty("payment", out var paid) && paid.ValueKind == JsonValueKind.Object
            && paid.TryGetProperty("nextActionUrl", out var next) ? next.GetString() : null;
        var sku = reply.Json.TryGetProperty("lines", out var lines) && lines.ValueKind == JsonValueKind.Array && lines.GetArrayLength() > 0
            && lines[0].TryGetProperty("sku", out var first) ? first.GetString() : null;
        return new OrderSeen(id, reply.Number("version") ?? 0, state, reply.Text("outcome") ?? "pending", reply.Text("reason"), payment,
            reply.Json.TryGetProperty("canPayAgain", out var again) && again.ValueKind == JsonValueKind.True, sku);
    }
}
