-- What ASP.NET Core Identity (account*) and OpenIddict (oidc_*) read and write. The names and types are those of their
-- model (LoginContext), as EF Core would make them; SchemaTests holds this file against it.
CREATE TABLE "account" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_account" PRIMARY KEY,
    "Roles" TEXT NOT NULL,
    "CreatedAt" INTEGER NOT NULL,
    "DisabledAt" INTEGER NULL,
    "UserName" TEXT NULL,
    "NormalizedUserName" TEXT NULL,
    "Email" TEXT NULL,
    "NormalizedEmail" TEXT NULL,
    "EmailConfirmed" INTEGER NOT NULL,
    "PasswordHash" TEXT NULL,
    "SecurityStamp" TEXT NULL,
    "ConcurrencyStamp" TEXT NULL,
    "PhoneNumber" TEXT NULL,
    "PhoneNumberConfirmed" INTEGER NOT NULL,
    "TwoFactorEnabled" INTEGER NOT NULL,
    "LockoutEnd" TEXT NULL,
    "LockoutEnabled" INTEGER NOT NULL,
    "AccessFailedCount" INTEGER NOT NULL
);

CREATE TABLE "oidc_application" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_oidc_application" PRIMARY KEY,
    "ApplicationType" TEXT NULL,
    "ClientId" TEXT NULL,
    "ClientSecret" TEXT NULL,
    "ClientType" TEXT NULL,
    "ConcurrencyToken" TEXT NULL,
    "ConsentType" TEXT NULL,
    "DisplayName" TEXT NULL,
    "DisplayNames" TEXT NULL,
    "JsonWebKeySet" TEXT NULL,
    "Permissions" TEXT NULL,
    "PostLogoutRedirectUris" TEXT NULL,
    "Properties" TEXT NULL,
    "RedirectUris" TEXT NULL,
    "Requirements" TEXT NULL,
    "Settings" TEXT NULL
);

CREATE TABLE "oidc_scope" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_oidc_scope" PRIMARY KEY,
    "ConcurrencyToken" TEXT NULL,
    "Description" TEXT NULL,
    "Descriptions" TEXT NULL,
    "DisplayName" TEXT NULL,
    "DisplayNames" TEXT NULL,
    "Name" TEXT NULL,
    "Properties" TEXT NULL,
    "Resources" TEXT NULL
);

CREATE TABLE "account_claim" (
    "Id" INTEGER NOT NULL CONSTRAINT "PK_account_claim" PRIMARY KEY AUTOINCREMENT,
    "UserId" TEXT NOT NULL,
    "ClaimType" TEXT NULL,
    "ClaimValue" TEXT NULL,
    CONSTRAINT "FK_account_claim_account_UserId" FOREIGN KEY ("UserId") REFERENCES "account" ("Id") ON DELETE CASCADE
);

CREATE TABLE "account_login" (
    "LoginProvider" TEXT NOT NULL,
    "ProviderKey" TEXT NOT NULL,
    "ProviderDisplayName" TEXT NULL,
    "UserId" TEXT NOT NULL,
    CONSTRAINT "PK_account_login" PRIMARY KEY ("LoginProvider", "ProviderKey"),
    CONSTRAINT "FK_account_login_account_UserId" FOREIGN KEY ("UserId") REFERENCES "account" ("Id") ON DELETE CASCADE
);

CREATE TABLE "account_passkey" (
    "CredentialId" BLOB NOT NULL CONSTRAINT "PK_account_passkey" PRIMARY KEY,
    "UserId" TEXT NOT NULL,
    "Data" TEXT NOT NULL,
    CONSTRAINT "FK_account_passkey_account_UserId" FOREIGN KEY ("UserId") REFERENCES "account" ("Id") ON DELETE CASCADE
);

CREATE TABLE "account_token" (
    "UserId" TEXT NOT NULL,
    "LoginProvider" TEXT NOT NULL,
    "Name" TEXT NOT NULL,
    "Value" TEXT NULL,
    CONSTRAINT "PK_account_token" PRIMARY KEY ("UserId", "LoginProvider", "Name"),
    CONSTRAINT "FK_account_token_account_UserId" FOREIGN KEY ("UserId") REFERENCES "account" ("Id") ON DELETE CASCADE
);

CREATE TABLE "oidc_authorization" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_oidc_authorization" PRIMARY KEY,
    "ApplicationId" TEXT NULL,
    "ConcurrencyToken" TEXT NULL,
    "CreationDate" TEXT NULL,
    "Properties" TEXT NULL,
    "Scopes" TEXT NULL,
    "Status" TEXT NULL,
    "Subject" TEXT NULL,
    "Type" TEXT NULL,
    CONSTRAINT "FK_oidc_authorization_oidc_application_ApplicationId" FOREIGN KEY ("ApplicationId") REFERENCES "oidc_application" ("Id")
);

CREATE TABLE "oidc_token" (
    "Id" TEXT NOT NULL CONSTRAINT "PK_oidc_token" PRIMARY KEY,
    "ApplicationId" TEXT NULL,
    "AuthorizationId" TEXT NULL,
    "ConcurrencyToken" TEXT NULL,
    "CreationDate" TEXT NULL,
    "ExpirationDate" TEXT NULL,
    "Payload" TEXT NULL,
    "Properties" TEXT NULL,
    "RedemptionDate" TEXT NULL,
    "ReferenceId" TEXT NULL,
    "Status" TEXT NULL,
    "Subject" TEXT NULL,
    "Type" TEXT NULL,
    CONSTRAINT "FK_oidc_token_oidc_application_ApplicationId" FOREIGN KEY ("ApplicationId") REFERENCES "oidc_application" ("Id"),
    CONSTRAINT "FK_oidc_token_oidc_authorization_AuthorizationId" FOREIGN KEY ("AuthorizationId") REFERENCES "oidc_authorization" ("Id")
);

CREATE UNIQUE INDEX "EmailIndex" ON "account" ("NormalizedEmail");
CREATE UNIQUE INDEX "UserNameIndex" ON "account" ("NormalizedUserName");
CREATE INDEX "IX_account_claim_UserId" ON "account_claim" ("UserId");
CREATE INDEX "IX_account_login_UserId" ON "account_login" ("UserId");
CREATE INDEX "IX_account_passkey_UserId" ON "account_passkey" ("UserId");
CREATE UNIQUE INDEX "IX_oidc_application_ClientId" ON "oidc_application" ("ClientId");
CREATE INDEX "IX_oidc_authorization_ApplicationId_Status_Subject_Type" ON "oidc_authorization" ("ApplicationId", "Status", "Subject", "Type");
CREATE UNIQUE INDEX "IX_oidc_scope_Name" ON "oidc_scope" ("Name");
CREATE INDEX "IX_oidc_token_ApplicationId_Status_Subject_Type" ON "oidc_token" ("ApplicationId", "Status", "Subject", "Type");
CREATE INDEX "IX_oidc_token_AuthorizationId" ON "oidc_token" ("AuthorizationId");
CREATE UNIQUE INDEX "IX_oidc_token_ReferenceId" ON "oidc_token" ("ReferenceId");
