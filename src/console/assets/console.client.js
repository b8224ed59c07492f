/**
 * What the pages do beyond links and forms: times in the reader's zone, copying, lists that grow, keys.
 * Every page works without it. No inline code, no eval: the pages' CSP allows neither.
 *
 * It is told what to do by attributes:
 * - `<time datetime data-local="date-time|time|short|date">`: shown in the reader's zone
 * - `<input type="datetime-local" data-zone>`: UTC without this script, the reader's zone with it
 * - `<button data-copy="text">`, or `data-copy-from="id of an element"`: copied, and said so
 * - `<div data-live="id of a tbody" hx-get hx-trigger="every 2s, wake">`: a list that grows
 * - `<a data-row>`: j and k go from one to the next
 */
'use strict'

document.documentElement.classList.add('has-script')

const NEWS_EVERY_MS = 10_000
const MAX_ROWS = 500
/** How many rows are asked about again: a look at each costs the ledger a little. */
const MAX_WAITING = 25

/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
const all = (selector, root = document) => [...root.querySelectorAll(selector)]

/** @param {string} tag @param {Record<string, string>} attributes @param {string} [text] */
function element(tag, attributes, text = '') {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value)
  made.textContent = text
  return made
}

// --- Saying things: to those who listen, and to those who look. ---

/** In every page: what is put there is read out. */
const announcer = document.getElementById('live') ?? element('div', {})
const banner = element('div', { class: 'connection', role: 'status' })
document.body.prepend(banner)

/** @param {string} text */
function announce(text) {
  announcer.textContent = ''
  // The same words twice are said twice only when something changes in between.
  requestAnimationFrame(() => (announcer.textContent = text))
}

// --- Times. ---

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
const toFormat = (/** @type {Intl.DateTimeFormatOptions} */ options) =>
  new Intl.DateTimeFormat(undefined, options)
const clock = toFormat({ timeStyle: 'medium', hourCycle: 'h23' })
const shortClock = toFormat({ timeStyle: 'short', hourCycle: 'h23' })
const day = toFormat({ day: 'numeric', month: 'short' })
const dayOfYear = toFormat({ dateStyle: 'medium' })
const whole = toFormat({ dateStyle: 'full', timeStyle: 'long' })

/** @param {Date} at @param {string | undefined} form */
function toTimeText(at, form) {
  const now = new Date()
  if (form === 'time') return clock.format(at)
  if (form === 'short') return shortClock.format(at)
  const isToday = at.toDateString() === now.toDateString()
  const date = (at.getFullYear() === now.getFullYear() ? day : dayOfYear).format(at)
  if (form === 'date') return date
  return isToday ? clock.format(at) : `${date}, ${clock.format(at)}`
}

/** @param {ParentNode} root */
function localizeTimes(root) {
  for (const time of all('time[data-local]:not([data-done])', root)) {
    const instant = time.getAttribute('datetime') ?? ''
    const at = new Date(instant)
    if (Number.isNaN(at.getTime())) continue
    time.textContent = toTimeText(at, time.dataset.local)
    time.title = `${instant}\n${whole.format(at)}`
    time.dataset.done = ''
  }
}

/** @param {Date} at */
const toFieldText = (at) =>
  new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16)

/** Fields of dates say UTC; from here on they are in the reader's zone, and the URL has UTC again. */
function localizeFields() {
  for (const input of all('input[data-zone]:not([data-done])')) {
    input.dataset.done = ''
    if (input.value) input.value = toFieldText(new Date(`${input.value}Z`))
    for (const name of all(`label[for="${input.id}"] [data-zone-name]`)) name.textContent = zone
  }
  for (const told of all('p[data-zone]')) told.textContent = `Times are in ${zone}.`
}

document.addEventListener('formdata', (event) => {
  if (event.target.method !== 'get') return
  const entries = Array.from(event.formData)
  for (const [name, value] of entries) {
    const field = event.target.elements[name]
    // A short URL has only what was asked for.
    if (value === '') event.formData.delete(name)
    else if (field?.dataset?.zone !== undefined) {
      event.formData.set(name, new Date(value).toISOString())
    }
  }
})

// --- Copying, and forms that are sent once. ---

/** @param {HTMLElement} button */
async function copyFor(button) {
  const { copy, copyFrom } = button.dataset
  const text = copy ?? document.getElementById(copyFrom)?.textContent ?? ''
  const said = await navigator.clipboard.writeText(text).then(
    () => 'Copied',
    () => 'Not copied: the browser does not allow it',
  )
  announce(said)
  if (button.dataset.said) return
  button.dataset.said = said
  const label = [...button.childNodes]
  button.replaceChildren(said)
  setTimeout(() => {
    button.replaceChildren(...label)
    delete button.dataset.said
  }, 2_000)
}

document.addEventListener('click', ({ target }) => {
  const button = target.closest?.('[data-copy], [data-copy-from]')
  if (button) void copyFor(button)
})

/** @param {Element} form @param {boolean} isBusy */
function setBusy(form, isBusy) {
  form.toggleAttribute('aria-busy', isBusy)
  for (const button of all('button:not([type="button"])', form)) button.disabled = isBusy
}

document.addEventListener('submit', ({ target }) => {
  // After the browser has read which button it was.
  if (target.method === 'post') setTimeout(() => setBusy(target, true))
})
// Back to a page that the browser kept as it was left.
addEventListener('pageshow', () => all('form[aria-busy]').forEach((form) => setBusy(form, false)))
document.addEventListener('htmx:afterRequest', ({ target }) => {
  if (target.matches?.('form')) setTimeout(() => setBusy(target, false))
})

// --- Lists that grow. What somebody reads does not move: then new rows wait behind a button. ---

let unsaid = 0
let saidAt = 0

const live = () => document.querySelector('[data-live]')
const liveRows = () => document.getElementById(live()?.dataset.live ?? '')

/** @param {Element} rows */
const isBeingRead = (rows) => rows.contains(document.activeElement) || window.scrollY > 200

/** @param {number} count */
const toWords = (count) => (count === 1 ? '1 new event' : `${count} new events`)

function tellNews() {
  if (unsaid === 0 || Date.now() - saidAt < NEWS_EVERY_MS) return
  announce(toWords(unsaid))
  saidAt = Date.now()
  unsaid = 0
}

/** @param {Element} rows */
function showHeld(rows) {
  const held = all(':scope > [hidden]', rows).length
  for (const button of all('[data-live-held]')) {
    button.hidden = held === 0
    button.textContent = `Show ${toWords(held)}`
  }
}

document.addEventListener('htmx:oobBeforeSwap', ({ detail: { target, fragment } }) => {
  const rows = liveRows()
  if (!rows || target !== rows) return
  const isHeld = isBeingRead(rows) || rows.querySelector(':scope > [hidden]') !== null
  for (const row of all('tr', fragment)) {
    // Answers may overtake each other.
    if (document.getElementById(row.id)) row.remove()
    else {
      row.hidden = isHeld
      unsaid += 1
    }
  }
})

document.addEventListener('htmx:afterSettle', ({ target }) => {
  const rows = liveRows()
  if (!rows || !target.matches?.('[data-live]')) return
  const isEmpty = rows.childElementCount === 0
  for (const empty of all('[data-live-empty]')) empty.hidden = !isEmpty
  for (const list of all('[data-live-list]')) list.hidden = isEmpty
  showHeld(rows)
  tellNews()
  // A page that stood open for days must stay light: a reload is one click.
  if (rows.childElementCount <= MAX_ROWS) return
  for (const full of all('[data-live-full]')) full.hidden = false
  live().remove()
})

document.addEventListener('click', ({ target }) => {
  const rows = liveRows()
  if (!rows || !target.closest?.('[data-live-held]')) return
  for (const row of all(':scope > [hidden]', rows)) row.hidden = false
  showHeld(rows)
  window.scrollTo({ top: 0 })
  rows.querySelector('[data-row]')?.focus()
})

document.addEventListener('htmx:configRequest', ({ target, detail }) => {
  if (!target.matches?.('[data-live]')) return
  const waiting = all('[data-waiting]', liveRows() ?? document).slice(0, MAX_WAITING)
  if (waiting.length > 0) {
    detail.parameters.set('waiting', waiting.map((one) => one.dataset.waiting).join(','))
  }
})

// --- The connection. ---

const POLLS = '[hx-trigger*="every"]'

document.addEventListener('htmx:beforeRequest', (event) => {
  if (document.hidden && event.target.matches?.(POLLS)) event.preventDefault()
})
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) all(POLLS).forEach((poll) => htmx.trigger(poll, 'wake'))
})

let lostAt = ''

/** @param {string} why */
function setLost(why) {
  if (lostAt) return
  lostAt = clock.format(new Date())
  banner.dataset.state = 'lost'
  banner.textContent = `${why} since ${lostAt}. What you see may be old; it is tried again by itself.`
}

document.addEventListener('htmx:sendError', () => setLost('No connection'))
document.addEventListener('htmx:timeout', () => setLost('No answer'))
document.addEventListener('htmx:responseError', ({ detail }) => {
  if (detail.xhr.status >= 500) setLost('The console cannot read the ledger')
  else if ([401, 403].includes(detail.xhr.status) && detail.elt.matches(POLLS)) location.reload()
})
document.addEventListener('htmx:beforeSwap', ({ detail }) => {
  const { xhr, pathInfo } = detail
  // Signed out meanwhile: the answer is the login, which is no part of this page.
  const isElsewhere = xhr.responseURL && new URL(xhr.responseURL).pathname === '/login'
  if (isElsewhere && !pathInfo.requestPath.startsWith('/login')) {
    detail.shouldSwap = false
    location.reload()
  }
  if (xhr.status < 400 && lostAt) {
    lostAt = ''
    banner.dataset.state = 'back'
    banner.textContent = 'Connected again.'
    setTimeout(() => !lostAt && (banner.textContent = ''), 4_000)
  }
})

// --- Parts that ask for themselves: what one has opened stays open, and where one is stays. ---

/** What a part was last given, by its id. @type {Map<string, string>} */
const answers = new Map()
/** What was open and focused before a swap, by the part's id. */
const places = new Map()

/** Names of what is in a part, which are the same after a swap. @param {Element} part */
function toNamed(part) {
  const named = new Map()
  for (const one of all('summary, a, button, select, [tabindex]', part)) {
    for (let n = 0; ; n += 1) {
      const name = `${one.tagName} ${one.textContent} ${n}`
      if (named.has(name)) continue
      named.set(name, one)
      break
    }
  }
  return named
}

document.addEventListener('htmx:beforeSwap', ({ detail }) => {
  const { target, serverResponse } = detail
  if (!target.id || !target.matches(POLLS)) return
  if (answers.get(target.id) === serverResponse) detail.shouldSwap = false
  answers.set(target.id, serverResponse)
  const named = [...toNamed(target)]
  const open = named.filter(([, one]) => one.matches('details[open] > summary'))
  const focused = named.find(([, one]) => one === document.activeElement)
  places.set(target.id, { open: open.map(([name]) => name), focused: focused?.[0] })
})

document.addEventListener('htmx:afterSettle', ({ target }) => {
  const place = places.get(target.id)
  if (!place) return
  places.delete(target.id)
  const named = toNamed(target)
  for (const name of place.open) named.get(name)?.parentElement.setAttribute('open', '')
  named.get(place.focused)?.focus()
})

// --- Keys. ---

const KEYS = [
  ['/', 'to the filter'],
  ['j, k', 'to the next, the previous one of a list'],
  ['Enter', 'opens it'],
  ['?', 'these keys'],
  ['Esc', 'closes this'],
]

/** @param {1 | -1} step */
function move(step) {
  const links = all('[data-row]').filter((link) => link.getClientRects().length > 0)
  const at = links.indexOf(document.activeElement?.closest('[data-row]'))
  const next = links[at === -1 ? (step === 1 ? 0 : links.length - 1) : at + step]
  next?.focus()
  next?.scrollIntoView({ block: 'nearest' })
}

function showKeys() {
  const dialog = element('dialog', { 'aria-label': 'Keys', class: 'keys' })
  const list = element('dl', {})
  for (const [keys, does] of KEYS) list.append(element('dt', {}, keys), element('dd', {}, does))
  const form = element('form', { method: 'dialog' })
  form.append(element('button', {}, 'Close'))
  dialog.append(element('h2', {}, 'Keys'), list, form)
  dialog.addEventListener('close', () => dialog.remove())
  document.body.append(dialog)
  dialog.showModal()
}

document.addEventListener('keydown', (event) => {
  const { key, target } = event
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]'))
    return
  if (target.closest?.('input, select, textarea, [contenteditable]')) return
  if (key === 'j' || key === 'k') move(key === 'j' ? 1 : -1)
  else if (key === '?') showKeys()
  else if (key === '/' && document.querySelector('[data-filter]')) {
    const filter = document.querySelector('[data-filter]')
    filter.closest('details')?.setAttribute('open', '')
    filter.focus()
  } else return
  event.preventDefault()
})

localizeTimes(document)
localizeFields()
document.addEventListener('htmx:load', ({ detail }) => localizeTimes(detail.elt))
// Parts that are swapped from out of band are not always told of by htmx:load.
document.addEventListener('htmx:oobAfterSwap', () => localizeTimes(document))
