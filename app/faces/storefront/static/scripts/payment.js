// Ask how the payment stands without taking the page away; go on as soon as it is decided.
const seconds = [2, 3, 4, 6, 8, 10];
let tries = 0;

async function ask() {
  try {
    const answer = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
    const text = answer.redirected ? "" : await answer.text();
    if (answer.redirected || !text.includes('data-payment="pending"')) return location.replace(answer.redirected ? answer.url : location.href);
  } catch { /* away for a moment: ask again */ }
  tries += 1;
  setTimeout(ask, 1000 * seconds[Math.min(tries, seconds.length - 1)]);
}

if (document.querySelector('[data-payment="pending"]')) setTimeout(ask, 1000 * seconds[0]);
