// Another delivery or way to pay: the server makes the new sum, and the old one cannot be ordered meanwhile.
const form = document.querySelector("[data-summary]");
const place = document.querySelector("[data-summary-place]");
let turn = 0;

form?.addEventListener("change", async (event) => {
  if (!event.target.matches("[data-changes-total]")) return;
  const mine = ++turn;
  const order = place.querySelector("[data-order]");
  order.disabled = true;
  try {
    const answer = await fetch(form.dataset.summary, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { "X-Fragment": "summary" } });
    if (answer.redirected) location.assign(answer.url);
    else if (answer.ok && mine === turn) place.innerHTML = await answer.text();
    else order.disabled = false;
  } catch { order.disabled = false; }
});

form?.addEventListener("submit", (event) => {
  // A second press would only find the first one's order; it is not needed to send it.
  if (form.dataset.sent && !event.submitter?.hasAttribute("formaction")) event.preventDefault();
  form.dataset.sent = event.submitter?.hasAttribute("formaction") ? "" : "yes";
  if (form.dataset.sent) event.submitter?.setAttribute("aria-busy", "true");
});
addEventListener("pageshow", () => { if (form) form.dataset.sent = ""; });
