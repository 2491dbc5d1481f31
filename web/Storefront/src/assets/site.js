// What the shop does better with a script. Everything is a link or a form that works without it: this module sends
// the same request, takes the same page that the server would have shown, and exchanges the regions that changed.

const announcer = document.getElementById('announce');
let latest = 0;

document.documentElement.classList.add('js');

function announce(text) {
  announcer.textContent = '';
  // A change after a breath is read even when the words are the same as before.
  setTimeout(() => { announcer.textContent = text; }, 50);
}

/** Takes over the regions of a page, keeping the keyboard where it is. */
function takeOver(page) {
  const held = document.activeElement;
  const key = held?.dataset?.key ?? held?.id;
  for (const old of document.querySelectorAll('[data-region]')) {
    const fresh = page.querySelector(`[data-region="${CSS.escape(old.dataset.region)}"]`);
    if (!fresh) continue;
    const typed = old.querySelector('#quantity')?.value;
    for (const open of old.querySelectorAll('details[id][open]')) fresh.querySelector(`#${CSS.escape(open.id)}`)?.setAttribute('open', '');
    old.replaceWith(fresh);
    const quantity = fresh.querySelector('#quantity');
    if (quantity && typed) quantity.value = typed;
  }
  if (page.title) document.title = page.title;
  if (key && !document.contains(held)) {
    (document.querySelector(`[data-key="${CSS.escape(key)}"]`) ?? document.getElementById(key))?.focus({ preventScroll: true });
  }
  improve(document);
}

/** Asks for a page and takes over its regions. Null: it could not be had, and nothing has changed. */
async function load(address, options = {}) {
  const mine = ++latest;
  let response;
  try {
    response = await fetch(address, { credentials: 'same-origin', ...options });
  } catch {
    return null;
  }
  if (!(response.headers.get('content-type') ?? '').startsWith('text/html')) return null;
  const page = new DOMParser().parseFromString(await response.text(), 'text/html');
  if (mine !== latest && !options.method) return response; // a later click has been quicker
  if (!page.querySelector('main')) return null;
  const words = [...page.querySelectorAll('[data-announce]')].map(one => one.textContent.trim()).join('. ');
  takeOver(page);
  if (words) announce(words);
  return response;
}

// Links to another view of the same page: a variant, a picture, a filter taken off.
document.addEventListener('click', async event => {
  const link = event.target.closest('a[data-swap]');
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const response = await load(link.href);
  if (!response?.ok) { location.assign(link.href); return; }
  history.replaceState(null, '', link.href);
  const price = document.querySelector('[data-announce-quiet]');
  if (price) announce(price.innerText.replace(/\s+/g, ' '));
  else syncForm();
});

// Forms that change the cart.
document.addEventListener('submit', async event => {
  const form = event.target.closest('form[data-send]');
  if (!form || event.defaultPrevented) return;
  event.preventDefault();
  if (form.getAttribute('aria-busy') === 'true') return;
  form.setAttribute('aria-busy', 'true');
  const body = new URLSearchParams(new FormData(form, event.submitter));
  const response = await load(form.action, { method: 'POST', body });
  form.removeAttribute('aria-busy');
  if (!response) announce('The shop does not answer. Please try again in a moment.');
});

// Forms that are sent once: a second click, while the first is on its way, does nothing. (The server would know it, too.)
document.addEventListener('submit', event => {
  const form = event.target.closest('form[data-once]');
  if (!form || event.defaultPrevented) return;
  if (form.getAttribute('aria-busy') === 'true') { event.preventDefault(); return; }
  form.setAttribute('aria-busy', 'true');
  for (const button of form.querySelectorAll('[data-busy]')) button.textContent = button.dataset.busy;
});

// A field that was wrong is right as soon as something is in it.
document.addEventListener('input', event => {
  const field = event.target;
  if (!field.hasAttribute('aria-invalid') || !field.checkValidity()) return;
  document.getElementById(field.getAttribute('aria-describedby'))?.remove();
  field.removeAttribute('aria-invalid');
  field.removeAttribute('aria-describedby');
});

// A checkout shows at once what another country or shipping costs; what is typed meanwhile stays where it is.
document.addEventListener('change', async event => {
  const form = event.target.closest('[data-updates]')?.form;
  if (!form || form.getAttribute('aria-busy') === 'true') return;
  const response = await load(form.dataset.draft, { method: 'POST', body: new URLSearchParams(new FormData(form)) });
  const total = document.querySelector('.sum-total');
  if (!response) announce('The shop does not answer. Please try again in a moment.');
  else if (total) announce(total.innerText.replace(/\s+/g, ' '));
});

// Filters show their effect at once; the button stays for those who have no script.
let typing;
function live(form) {
  clearTimeout(typing);
  typing = setTimeout(async () => {
    const fields = [...new FormData(form)].filter(([name, value]) => value !== '' && !(name === 'sort' && value === 'relevance'));
    const address = `${form.getAttribute('action')}?${new URLSearchParams(fields)}`;
    const response = await load(address);
    if (!response) { form.submit(); return; }
    history.replaceState(null, '', address);
  }, 250);
}

document.addEventListener('change', event => {
  const form = event.target.form;
  if (form?.matches('form[data-live]')) live(form);
  // A quantity typed into the cart is sent by leaving the field.
  if (event.target.closest('form.step') && event.target.name === 'quantity' && event.target.checkValidity()) form.requestSubmit();
});

/** A filter taken off elsewhere is taken off in the form, too: its fields came anew with the page. */
function syncForm() {
  const query = new URLSearchParams(location.search);
  for (const field of document.querySelectorAll('form[data-live] input[type=text], #min, #max')) field.value = query.get(field.name) ?? '';
}

/** What only a script can offer: steps beside a quantity, and a place where a picture could not be had. */
function improve(root) {
  for (const place of root.querySelectorAll('[data-stepper]:not(.stepper)')) {
    place.classList.add('stepper');
    const input = place.querySelector('input');
    const step = (sign, by, words) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'step-by';
      button.textContent = sign;
      button.setAttribute('aria-label', words);
      button.addEventListener('click', () => { by > 0 ? input.stepUp() : input.stepDown(); announce(`Quantity ${input.value}`); });
      return button;
    };
    input.before(step('−', -1, 'One less'));
    input.after(step('+', 1, 'One more'));
  }
  for (const image of root.querySelectorAll('.picture img')) {
    if (image.complete && image.naturalWidth === 0 && image.currentSrc) image.parentElement.classList.add('picture-none');
  }
  localTimes(root);
}

// Pictures of other sites may be gone; `error` does not bubble, so it is caught on its way down.
document.addEventListener('error', event => {
  if (event.target instanceof HTMLImageElement) event.target.parentElement?.classList.add('picture-none');
}, true);

/** Times as the shopper's own clock shows them. */
function localTimes(root) {
  for (const time of root.querySelectorAll('time[data-time]:not([title])')) {
    const at = new Date(time.dateTime);
    if (isNaN(at)) continue;
    time.title = time.textContent;
    time.textContent = at.toLocaleString('en-GB', {
      short: { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit' },
      exact: { day: 'numeric', month: 'long', hour: '2-digit', minute: '2-digit', second: '2-digit' },
    }[time.dataset.time] ?? { day: 'numeric', month: 'long', year: 'numeric', hour: '2-digit', minute: '2-digit' });
  }
}

/** An order tells its news: the answer comes when something has changed, and then the page is taken anew. */
async function follow() {
  const pause = time => new Promise(done => setTimeout(done, time));
  for (let rest = 1000; ;) {
    const order = document.querySelector('[data-order]');
    if (!order?.dataset.moves) return;
    if (document.hidden) await new Promise(done => document.addEventListener('visibilitychange', done, { once: true }));
    const { order: id, version } = order.dataset;
    let known = null;
    try {
      const response = await fetch(`/order/${encodeURIComponent(id)}/version?after=${version}`, { credentials: 'same-origin' });
      if (response.ok) known = (await response.json()).version;
    } catch { /* told by what is not known */ }
    if (known === null) {
      await pause(rest);
      rest = Math.min(rest * 2, 30000);
    } else if (String(known) === version) {
      await pause(500);
      rest = 1000;
    } else {
      const response = await load(`/order/${encodeURIComponent(id)}`);
      await pause(response?.ok ? 300 : rest);
      rest = response?.ok ? 1000 : Math.min(rest * 2, 30000);
    }
  }
}

// Coming back to a page that the browser kept: the cart may have changed meanwhile.
addEventListener('pageshow', event => { if (event.persisted) load(location.href); });

improve(document);

// What is wrong with a form is where the reading begins.
document.getElementById('wrong')?.focus();
follow();
