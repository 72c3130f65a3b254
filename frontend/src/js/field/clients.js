// Step 1: who it is for. The latest first; searching and warning of duplicates need no network.
import { emailIsGood, lookalikes, nifIsGood } from './check.js'
import { field, fold, h, icon, say, t } from './ui.js'

const SHOWN = 40
const digits = (text) => text.replace(/\D/g, '')

const matching = (clients, typed) => {
  const words = fold(typed).split(/\s+/).filter(Boolean)
  if (!words.length) return clients.slice(0, SHOWN)
  const phone = digits(typed)
  return clients.filter((client) => {
    const text = fold([client.name, client.legal, client.nif, client.city, client.contact, client.email].filter(Boolean).join(' '))
    return words.every((word) => text.includes(word)) || (phone.length > 2 && digits(client.phone ?? '').includes(phone))
  }).slice(0, SHOWN)
}

const row = (client, choose) => h('li', {},
  h('button', { type: 'button', class: 'row-btn', 'data-client': client.id, onclick: () => choose(client) },
    h('span', { class: 'face', 'aria-hidden': 'true' }, client.name.split(/\s+/).slice(0, 2).map((word) => word[0]).join('').toUpperCase()),
    h('span', { class: 'grow' }, h('b', {}, client.name),
      h('small', {}, [client.city, client.phone].filter(Boolean).join(' · '))),
    client.blocked ? h('span', { class: 'tag bad' }, icon('lock', 's'), t('blocked'))
      : client.lead ? h('span', { class: 'tag' }, t('lead')) : null,
    icon('chevron-right', 's')))

export const view = (app) => {
  const list = h('ul', { class: 'card rows' })
  const heading = h('h2', { class: 'small-title' })
  const none = h('p', { class: 'empty', hidden: true }, t('no_clients'))
  const find = h('input', { type: 'search', id: 'buscar-cliente', class: 'in', 'data-f': 'find', autocomplete: 'off', value: app.typed ?? '', 'aria-label': t('find_client'), placeholder: t('find_client'), oninput: () => { app.typed = find.value; fill() } })
  const fill = () => {
    const found = matching(app.data.clients, find.value)
    heading.textContent = find.value ? t('results') : t('recent')
    none.hidden = found.length > 0
    list.hidden = !found.length
    list.replaceChildren(...found.map((client) => row(client, app.chooseClient)))
    if (find.value && !found.length) say(t('no_clients'))
  }
  fill()
  return {
    main: [
      h('div', { class: 'find' }, icon('search', 'l'), find),
      h('button', { type: 'button', class: 'btn wide', 'data-f': 'lead', onclick: () => app.show('lead') }, icon('user-plus'), t('new_lead')),
      heading, list, none,
    ],
  }
}

const FIELDS = [
  ['name', 'name', { autocomplete: 'off', maxlength: 120, required: true }],
  ['phone', 'phone', { type: 'tel', autocomplete: 'off', maxlength: 30, required: true }],
  ['email', 'email', { type: 'email', autocomplete: 'off', maxlength: 254, optional: true }],
  ['nif', 'nif', { autocomplete: 'off', maxlength: 20, optional: true }],
  ['company', 'company', { autocomplete: 'off', maxlength: 120, optional: true }],
  ['notes', 'need', { rows: 3, maxlength: 2000, optional: true }],
]

const faults = (lead) => ({
  ...(lead.name.trim().length < 2 ? { name: t('required') } : {}),
  ...(lead.phone.replace(/\D/g, '').length < 9 ? { phone: t('required') } : {}),
  ...(lead.email && !emailIsGood(lead.email) ? { email: t('email_bad') } : {}),
  ...(lead.nif && !nifIsGood(lead.nif) ? { nif: t('nif_bad') } : {}),
})

/** A new lead: name and telephone are enough; what qualifies it is asked for below. */
export const leadView = (app, lead = { ...app.draft.lead }, errors = {}, same = []) => {
  for (const [name] of FIELDS) lead[name] ??= ''
  const asked = new Set(app.data.qualify[lead.company ? 'company' : 'consumer'] ?? [])
  const inputs = FIELDS.map(([name, label, more]) =>
    field(name, t(label), { ...more, value: lead[name], error: errors[name] ?? '', hint: asked.has({ notes: 'need' }[name] ?? name) && more.optional ? t('to_qualify') : '' }))
  const take = (event, anyway = false) => {
    event?.preventDefault()
    for (const [name] of FIELDS) lead[name] = form.elements[name].value.trim()
    const wrong = faults(lead)
    const alike = anyway ? [] : lookalikes(app.data.clients, lead)
    if (Object.keys(wrong).length || alike.length) {
      app.mount(leadView(app, lead, wrong, Object.keys(wrong).length ? [] : alike))
      document.querySelector('[aria-invalid], .warn-box button')?.focus()
      return
    }
    app.chooseLead(lead)
  }
  const form = h('form', { class: 'card pad', novalidate: true, onsubmit: take }, inputs,
    h('button', { type: 'submit', class: 'sr', tabindex: -1, 'aria-hidden': 'true' }, t('continue')))
  const warning = same.length ? h('section', { class: 'warn-box', role: 'alert' },
    same.slice(0, 3).map(({ client, why }) => h('div', { class: 'stack' },
      h('p', {}, icon('alert-triangle', 's'), ' ', t('exists', { name: client.name, why: why.map((one) => t(one)).join(', ') })),
      h('button', { type: 'button', class: 'btn', onclick: () => app.chooseClient(client) }, t('use_it')))),
    h('button', { type: 'button', class: 'btn', onclick: () => take(null, true) }, t('create_anyway'))) : null
  return {
    back: () => app.show('client'),
    main: [h('h2', { class: 'title' }, t('new_lead')), warning, form],
    foot: h('button', { type: 'button', class: 'btn primary wide big', onclick: take }, t('continue'), icon('chevron-right')),
  }
}
