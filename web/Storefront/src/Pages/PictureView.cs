namespace Souk.Storefront.Pages;

/// <summary>
/// A picture in its place: square, and with its size told beforehand, so nothing jumps. An empty <c>Alt</c>: the words
/// beside it say what it shows; null: its own.
/// </summary>
public sealed record PictureView(Picture? Picture, string? Alt = null, bool Eager = false, bool First = false, string? Class = null, int Size = 800);
