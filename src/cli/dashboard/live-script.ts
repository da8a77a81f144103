// What runs in the browser: hears what is new from the server, and changes on the page only what is different, so that charts
// move, and what was opened or selected stays. It is served as it stands here, and is all the script there is.

export const LIVE_SCRIPT = `'use strict';
const main = document.querySelector('main');
const state = document.querySelector('.state');
const alarm = document.querySelector('.alarm');
let seenAt = Number(main.dataset.seenAt);
let skew = Date.now() - Number(main.dataset.now);
let trouble = main.dataset.trouble || '';
let isLost = false;

function sync(old, fresh) {
  const [were, are] = [[...old.childNodes], [...fresh.childNodes]];
  are.forEach((node, index) => {
    const was = were[index];
    if (was === undefined) old.append(node);
    else if (was.nodeType !== node.nodeType || was.nodeName !== node.nodeName) was.replaceWith(node);
    else if (node.nodeType === Node.ELEMENT_NODE) { syncAttributes(was, node); sync(was, node); }
    else if (was.data !== node.data) was.data = node.data;
  });
  for (const node of were.slice(are.length)) node.remove();
}

function syncAttributes(old, fresh) {
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (name !== 'open' && !fresh.hasAttribute(name)) old.removeAttribute(name);
}

function show() {
  const age = Math.max(0, Math.round((Date.now() - skew - seenAt) / 1000));
  const said = isLost ? 'The dashboard does not answer; it is tried again.' : trouble;
  if (alarm.textContent !== said) alarm.textContent = said;
  alarm.hidden = said === '';
  state.classList.toggle('off', said !== '');
  state.textContent = seenAt === 0 ? 'nothing seen yet' : age < 2 ? 'live' : 'seen ' + (age < 120 ? age + ' s' : Math.round(age / 60) + ' min') + ' ago';
}

const stream = new EventSource(main.dataset.stream);
stream.onmessage = ({ data }) => {
  const news = JSON.parse(data);
  isLost = false;
  skew = Date.now() - news.now;
  seenAt = news.seenAt;
  trouble = news.trouble;
  if (news.content !== undefined) {
    const fresh = document.createElement('template');
    fresh.innerHTML = news.content;
    sync(main, fresh.content);
  }
  show();
};
stream.onerror = () => { isLost = true; show(); };
show();
setInterval(show, 1000);
`;
