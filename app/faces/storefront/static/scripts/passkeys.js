// Passkeys: the device answers a challenge of this host, and the answer goes the way of any form.
const can = window.PublicKeyCredential && PublicKeyCredential.parseRequestOptionsFromJSON;

for (const form of can ? document.querySelectorAll("[data-passkey]") : []) {
  form.hidden = false;
  const button = form.querySelector("button");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.setAttribute("aria-busy", "true");
    try {
      const asked = await fetch(form.dataset.challenge, { method: "POST", headers: { Accept: "application/json" } });
      if (asked.status === 403 && form.dataset.again) {
        location.assign(form.dataset.again);
        return;
      }
      if (!asked.ok) throw new Error(String(asked.status));
      const options = await asked.json();
      const credential = form.dataset.passkey === "create"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      // Called off, or nothing that fits is on this device: the other ways stand beside it.
      button.removeAttribute("aria-busy");
    }
  });
}
