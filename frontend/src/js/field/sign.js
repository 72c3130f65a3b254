// Step 3: what it costs, who signs and how. The pad is the one of the public page.
import { pad } from '../lazy/signature.js'
import { emailIsGood, nifIsGood } from './check.js'
import * as clock from './clock.js'
import { lonely, overLimit, payloadOf, reckon, seenHash } from './draft.js'
import { euros, numberText, plain, priceText } from './money.js'
import { headline } from './products.js'
import { check, dayText, field, h, icon, t } from './ui.js'

const summary = (app) => {
  const { lines, numbers } = reckon(app.draft, app.data)
  const rows = lines.filter((one) => one.taken).map((one) => h('li', {},
    h('span', { class: 'grow' }, h('b', {}, one.name),
      h('small', {}, `${numberText(plain(one.quantity))} × ${priceText(one.price)}${one.discount.n ? ` −${numberText(plain(one.discount))}\u00a0%` : ''}`)),
    h('span', { class: 'num' }, `${euros(one.net.n)}${one.pace ? ` ${t('per_month')}` : ''}`)))
  const part = (title, amounts) => [
    h('div', { class: 'sum' }, h('span', {}, title || t('base')), h('span', { class: 'num' }, euros(amounts.base))),
    ...amounts.groups.filter((group) => group.tax).map((group) => h('div', { class: 'sum' }, h('span', {}, group.label), h('span', { class: 'num' }, euros(group.tax)))),
    ...amounts.groups.filter((group) => group.surcharge).map((group) => h('div', { class: 'sum' }, h('span', {}, 'R.E.'), h('span', { class: 'num' }, euros(group.surcharge)))),
    h('div', { class: 'sum strong' }, h('span', {}, t('total')), h('span', { class: 'num' }, euros(amounts.total))),
  ]
  return h('section', { class: 'card pad', 'aria-labelledby': 'resumen' },
    h('div', { class: 'sum-head' }, h('h2', { id: 'resumen' }, t('summary')), h('span', { class: 'tag', title: t('provisional_hint') }, t('provisional', { ref: app.draft.reference }))),
    h('ul', { class: 'sums' }, rows),
    numbers.once ? part('', numbers.once) : null,
    ...Object.values(numbers.recurring).map((amounts) => part(t('monthly'), amounts)),
    app.data.conditions ? h('details', {}, h('summary', {}, t('conditions')), h('p', { class: 'pre' }, app.data.conditions)) : null)
}

const name = (app) => app.draft.client?.legal ?? app.draft.client?.name ?? app.draft.lead?.company ?? app.draft.lead?.name ?? ''
const isPerson = (app) => (app.draft.client ? Boolean(app.draft.client.person) : !app.draft.lead?.company)

const filled = (app, kind) => {
  const { body } = app.data.legal[kind]
  return body.replaceAll('{numero}', t('provisional', { ref: app.draft.reference }))
    .replaceAll('{cliente}', name(app).replace(/\.$/, '')).replaceAll('{empresa}', app.data.company.legal_name.replace(/\.$/, ''))
    .replaceAll('{custodio}', app.data.legal.holder ?? '')
}

// The letter of a NIF is of Spain; the documents of other countries are only asked for.
const documentFault = (typed, country) => {
  if (country === 'ES') return nifIsGood(typed) ? null : t('nif_bad')
  return typed.trim() ? null : t('required')
}

const faults = (form, typed, own, country) => {
  const wrong = {}
  if (form.elements.signer.value.trim().length < 3) wrong.signer = t('required')
  const document = documentFault(form.elements.nif.value, country)
  if (document) wrong.nif = document
  if (!typed && own.isEmpty()) wrong.pad = t('pad_empty')
  if (!form.elements.accept.checked) wrong.accept = t('accept_missing')
  return wrong
}

export const view = (app, errors = {}, kept = null) => {
  const { draft, data } = app
  const typed = Boolean(draft.typed)
  const email = draft.email || draft.client?.email || draft.lead?.email || ''
  const signer = draft.signer || draft.client?.contact || (isPerson(app) ? name(app) : '')
  const nif = draft.nif || (draft.client?.person ? draft.client.nif : '') || (draft.lead && isPerson(app) ? draft.lead.nif : '') || ''
  const kind = isPerson(app) ? 'accept' : 'accept_for'
  const alone = lonely(draft)
  const blocked = overLimit(draft, data) || Boolean(draft.client?.blocked || alone)
  const old = app.holdsUntil < clock.now()

  const canvas = h('canvas', { class: 'sign-pad', id: 'firma', role: 'img', 'aria-label': t('pad') })
  let own = null
  const remember = () => {
    for (const id of ['email', 'starts', 'signer', 'nif']) if (form.elements[id]) draft[id] = form.elements[id].value.trim()
    app.keep()
  }
  const toggle = () => { remember(); draft.typed = !typed; app.mount(view(app)) }
  const fault = (key) => (errors[key] ? h('p', { class: 'error', role: 'alert' }, icon('alert-triangle', 's'), errors[key]) : null)
  const form = h('form', { class: 'stack', novalidate: true, onsubmit: (event) => { event.preventDefault(); sign() }, onchange: remember },
    h('section', { class: 'card pad' },
      h('div', { class: 'two' },
        field('email', t('send_to'), { type: 'email', value: email, error: errors.email ?? '', autocomplete: 'off', inputmode: 'email' }),
        app.locked ? null : field('starts', t('starts_on'), { type: 'date', value: draft.starts, optional: true, min: clock.today() }))),
    blocked || old ? h('p', { class: 'warn-box' }, icon('alert-triangle', 's'), ' ', old ? t('prices_old') : alone ? t('group_alone', { group: alone }) : draft.client?.blocked
      ? t('blocked_client', { name: draft.client.name, reason: draft.client.blocked }) : t('over_limit', { limit: numberText(data.limit) })) : h('section', { class: 'card pad', 'aria-labelledby': 'firmar' },
      h('h2', { id: 'firmar' }, t('sign_here')),
      h('div', { class: 'two' },
        field('signer', t('signer'), { value: signer, error: errors.signer ?? '', autocomplete: 'off', maxlength: 120 }),
        field('nif', t('signer_nif'), { value: nif, error: errors.nif ?? '', autocomplete: 'off', maxlength: 20 })),
      fault('pad'),
      typed ? h('p', { class: 'hint' }, t('typed_hint')) : h('div', { class: 'pad-box' }, canvas,
        h('div', { class: 'pad-tools' },
          h('button', { type: 'button', class: 'link', onclick: () => own.undo() }, icon('arrow-back-up', 's'), t('undo')),
          h('button', { type: 'button', class: 'link', onclick: () => own.clear() }, icon('trash', 's'), t('clear')))),
      h('button', { type: 'button', class: 'link', 'data-f': 'typed', onclick: toggle }, typed ? t('draw') : t('type_name')),
      fault('accept'),
      check('accept', filled(app, kind), Boolean(kept?.accept)),
      data.legal.conditions?.body ? h('details', {}, h('summary', {}, t('conditions')), h('p', { class: 'pre' }, filled(app, 'conditions'))) : null,
      data.legal.biometrics && !typed ? check('biometrics', filled(app, 'biometrics'), Boolean(kept?.biometrics)) : null),
    h('p', { class: 'hint center' }, t('valid', { age: app.ageText, date: dayText(app.holdsDay) })),
    app.locked ? null : h('div', { class: 'stack' },
      h('button', { type: 'button', class: 'btn wide', onclick: () => unsigned(true) }, icon('mail'), t('send_unsigned')),
      h('button', { type: 'button', class: 'btn wide', onclick: () => unsigned(false) }, icon('file-text'), t('save_draft'))))

  const again = (wrong) => {
    const state = { accept: form.elements.accept?.checked, biometrics: form.elements.biometrics?.checked, strokes: own?.strokes() }
    app.mount(view(app, wrong, state))
    document.querySelector('[aria-invalid], .error')?.scrollIntoView({ block: 'center' })
    document.querySelector('[aria-invalid]')?.focus()
  }
  const unsigned = async (mail) => {
    remember()
    if ((mail && !draft.email) || (draft.email && !emailIsGood(draft.email))) return again({ email: mail && !draft.email ? t('email_missing') : t('email_bad') })
    return app.finish(await payloadOf(draft, data, { mail }), false)
  }
  const sign = async () => {
    remember()
    const wrong = faults(form, typed, own, draft.client?.country ?? 'ES')
    if (draft.email && !emailIsGood(draft.email)) wrong.email = t('email_bad')
    if (Object.keys(wrong).length) return again(wrong)
    const consents = { accept: data.legal[kind].version }
    if (data.legal.conditions?.body) consents.conditions = data.legal.conditions.version
    const dynamics = Boolean(form.elements.biometrics?.checked)
    if (dynamics) consents.biometrics = data.legal.biometrics.version
    const signature = {
      name: draft.signer, nif: draft.nif, image: typed ? '' : own.png(), strokes: dynamics ? own.strokes() : null,
      consents, at_device: clock.device(), seen_sha256: await seenHash(draft, data),
    }
    return app.finish(await payloadOf(draft, data, { signature }), true)
  }
  return {
    back: () => { remember(); app.show(app.locked ? 'customer' : 'products') },
    main: [summary(app), form],
    foot: blocked || old ? null : h('button', { type: 'button', class: 'btn primary wide big', 'data-f': 'sign', onclick: sign }, icon('signature'), `${t('sign')} · ${headline(reckon(draft, data).numbers)[0]}`),
    ready: () => {
      if (typed || !canvas.isConnected) return
      own = pad(canvas)
      if (kept?.strokes) own.load(kept.strokes)
    },
  }
}
