// The only thing here that needs a script: a passkey is asked through the browser. Everything else is a plain form.
const form = document.querySelector("form[data-passkey]");

if (form && window.PublicKeyCredential?.parseRequestOptionsFromJSON) {
  const place = form.querySelector(".passkey");
  place.hidden = false;
  place.querySelector("button").addEventListener("click", () => ask(form).catch((error) => say(form, error)));
}

async function ask(form) {
  const isNew = form.dataset.passkey === "make";
  const answer = await fetch(form.action + "?handler=PasskeyOptions", { method: "POST", body: new FormData(form) });
  if (!answer.ok) throw new Error("The shop did not answer.");
  const options = await answer.json();
  const credential = isNew
    ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
    : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  const field = document.createElement("input");
  field.type = "hidden";
  field.name = "credential";
  field.value = JSON.stringify(credential);
  form.append(field);
  form.action += "?handler=Passkey";
  form.noValidate = true;
  form.submit();
}

function say(form, error) {
  const words = form.querySelector(".passkey-wrong") ?? document.createElement("p");
  words.className = "passkey-wrong notice notice-bad";
  words.setAttribute("role", "alert");
  words.textContent = error.name === "NotAllowedError"
    ? "No passkey was used. Try again, or sign in with your password."
    : "That did not work. Please try again.";
  form.append(words);
}
