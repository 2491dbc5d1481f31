namespace Souk.BackOffice.Pages;

/// <summary>In front of the door: says what happened to signing in or out.</summary>
public sealed class OutsideModel : StaffPage;
