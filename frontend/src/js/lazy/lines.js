import Sortable from 'sortablejs'

import { $, $$, fragment, say } from '../dom.js'

// The editor of document lines, over a Django formset:
// <div data-lines data-prefix="lineas" data-catalogue="/url/?q=" data-calc="/url/calculo/">
//   <input name="lineas-TOTAL_FORMS"> … <div data-line-list> <div class="line" data-line>…</div> </div>
//   <template data-line-template> … __prefix__ … </template> <button data-line-add>
// The server computes every amount; this module only moves, adds and removes rows.
const enhance = (box) => {
  if (box.dataset.ready) return
  box.dataset.ready = '1'
  const prefix = box.dataset.prefix
  const list = $('[data-line-list]', box)
  const total = $(`[name="${prefix}-TOTAL_FORMS"]`, box)
  const lines = () => $$('[data-line]', list).filter((line) => !line.hidden)
  const form = box.closest('form')
  const focusable = (line) => $$('input:not([type=hidden]):not([type=checkbox]), select, textarea', line).filter((field) => field.offsetParent !== null)
  const title = (line) => $('[data-concept], [data-line-title]', line)

  let timer, controller
  const compute = () => {
    clearTimeout(timer)
    timer = setTimeout(async () => {
      if (!box.dataset.calc) return
      controller?.abort()
      controller = new AbortController()
      try {
        const answer = await fetch(box.dataset.calc, { method: 'POST', body: new FormData(form), headers: { 'HX-Request': 'true' }, signal: controller.signal })
        if (!answer.ok) return
        // Elements of the answer take the place of those with the same id.
        for (const part of [...fragment(await answer.text()).children]) {
          const old = part.id && document.getElementById(part.id)
          if (old) old.replaceWith(part)
        }
        form.dispatchEvent(new CustomEvent('lonja:computed', { bubbles: true }))
        preview()
      } catch (error) { if (error.name !== 'AbortError') throw error }
    }, 200)
  }
  let previewTimer
  const preview = () => {
    const paper = $('[data-paper]')
    if (!paper) return
    clearTimeout(previewTimer)
    previewTimer = setTimeout(() => paper.dispatchEvent(new CustomEvent('lonja:preview')), 600)
  }
  const changed = () => {
    lines().forEach((line, index) => {
      const order = $(`[name$="-ORDER"]`, line)
      if (order) order.value = index + 1
    })
    form.dispatchEvent(new CustomEvent('lonja:change', { bubbles: true }))
    compute()
  }
  // A row may be of another kind («section»), with a template of its own.
  const add = (after, kind = '') => {
    const index = Number(total.value)
    const html = $(`[data-line-template="${kind}"]`, box).innerHTML.replaceAll('__prefix__', index)
    const node = fragment(html).firstElementChild
    total.value = index + 1
    if (after) after.after(node)
    else list.append(node)
    changed()
    return node
  }
  const remove = (line) => {
    const next = lines()[lines().indexOf(line) + 1] ?? lines()[lines().indexOf(line) - 1]
    const del = $(`[name$="-DELETE"]`, line)
    if (del) { del.checked = true; del.value = 'on'; line.hidden = true } else line.remove()
    if (!lines().length) add()
    focusable(next ?? lines()[0])[0]?.focus()
    changed()
    say(box.dataset.sayRemoved)
  }
  const move = (line, step) => {
    const other = lines()[lines().indexOf(line) + step]
    if (!other) return
    const active = document.activeElement
    if (step < 0) other.before(line)
    else other.after(line)
    active?.focus()
    changed()
    say(`${title(line)?.value ?? ''}: ${lines().indexOf(line) + 1}`)
  }
  const duplicate = (line) => {
    const copy = add(line, line.dataset.line)
    const from = $$('input, select, textarea', line)
    $$('input, select, textarea', copy).forEach((field) => {
      const tail = field.name.replace(/^.*-\d+-/, '')
      if (['id', 'ORDER', 'DELETE'].includes(tail)) return
      const source = from.find((candidate) => candidate.name.endsWith(`-${tail}`) && candidate.name.replace(/^.*-\d+-/, '') === tail)
      if (!source) return
      if (field.type === 'checkbox') field.checked = source.checked
      else field.value = source.value
    })
    title(copy)?.focus()
    changed()
  }

  // --- catalogue search in the concept cell
  let options, searchTimer, searchControl
  const closeOptions = () => { options?.remove(); options = null }
  const pick = (line, option) => {
    for (const [name, value] of Object.entries(JSON.parse(option.dataset.values))) {
      const field = $(`[name$="-${name}"]`, line)
      if (field) field.value = value
    }
    closeOptions()
    changed()
    ;($('[data-after-pick]', line) ?? focusable(line)[1])?.focus()
  }
  const searchFor = (line, input) => {
    clearTimeout(searchTimer)
    const text = input.value.trim()
    if (!box.dataset.catalogue || text.length < 2) return closeOptions()
    searchTimer = setTimeout(async () => {
      searchControl?.abort()
      searchControl = new AbortController()
      const url = new URL(box.dataset.catalogue, location.href)
      url.searchParams.set('q', text)
      // Prices of the client and of the tarifa that are on the screen.
      for (const [name, field] of [['cliente', 'party'], ['tarifa', 'price_list']]) {
        const value = form.elements[field]?.value
        if (value || (name === 'tarifa' && form.elements[field])) url.searchParams.set(name, value)
      }
      try {
        const answer = await fetch(url, { headers: { 'HX-Request': 'true' }, signal: searchControl.signal })
        if (!answer.ok || document.activeElement !== input) return
        closeOptions()
        const html = (await answer.text()).trim()
        if (!html) return
        options = document.createElement('div')
        options.className = 'line-list'
        options.setAttribute('role', 'listbox')
        options.id = `${input.id}-lista`
        options.innerHTML = html
        line.append(options)
        input.setAttribute('aria-controls', options.id)
        input.setAttribute('aria-expanded', 'true')
        $('[data-values]', options)?.setAttribute('aria-selected', 'true')
      } catch (error) { if (error.name !== 'AbortError') throw error }
    }, 150)
  }
  list.addEventListener('input', (event) => {
    const line = event.target.closest('[data-line]')
    if (event.target.matches('[data-concept]')) searchFor(line, event.target)
    compute()
  })
  list.addEventListener('change', compute)
  list.addEventListener('focusout', (event) => {
    if (options && !options.contains(event.relatedTarget)) setTimeout(closeOptions, 150)
    event.target.setAttribute?.('aria-expanded', 'false')
  })
  list.addEventListener('mousedown', (event) => {
    const option = event.target.closest('[data-values]')
    if (option) { event.preventDefault(); pick(option.closest('[data-line]'), option) }
  })
  // Leaving a line hides its empty detail and moves what is below: the click would fall beside.
  box.addEventListener('mousedown', (event) => {
    if (event.target.closest('[data-line-add]')) event.preventDefault()
  })
  list.addEventListener('keydown', (event) => {
    const line = event.target.closest('[data-line]')
    if (!line) return
    if (options) {
      const all = $$('[data-values]', options)
      const at = all.findIndex((option) => option.getAttribute('aria-selected') === 'true')
      if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
        event.preventDefault()
        all[at]?.setAttribute('aria-selected', 'false')
        all[(at + (event.key === 'ArrowDown' ? 1 : -1) + all.length) % all.length]?.setAttribute('aria-selected', 'true')
        return
      }
      if (event.key === 'Enter' && !event.ctrlKey && all[at]) { event.preventDefault(); return pick(line, all[at]) }
      if (event.key === 'Escape') { event.stopPropagation(); return closeOptions() }
      if (event.key === 'Tab') closeOptions()
    }
    if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault()
      move(line, event.key === 'ArrowUp' ? -1 : 1)
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'd') {
      event.preventDefault()
      duplicate(line)
    } else if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey && event.target.matches('input, select')) {
      event.preventDefault()
      const cells = focusable(line)
      const next = cells[cells.indexOf(event.target) + 1]
      if (next) next.focus()
      else title(lines()[lines().indexOf(line) + 1] ?? add(line))?.focus()
    }
  })
  box.addEventListener('click', (event) => {
    const line = event.target.closest('[data-line]')
    const adds = event.target.closest('[data-line-add]')
    if (adds) { event.preventDefault(); title(add(null, adds.dataset.lineAdd))?.focus() }
    else if (!line) return
    else if (event.target.closest('[data-line-remove]')) { event.preventDefault(); remove(line) }
    else if (event.target.closest('[data-line-up]')) { event.preventDefault(); move(line, -1) }
    else if (event.target.closest('[data-line-down]')) { event.preventDefault(); move(line, 1) }
    else if (event.target.closest('[data-line-tariff]')) {
      event.preventDefault()
      const asked = $('[name$="-suggested"]', line)
      if (asked) { asked.value = '*'; changed() }
    } else if (event.target.closest('[data-line-copy]')) { event.preventDefault(); duplicate(line) }
  })
  form.addEventListener('change', (event) => { if (!box.contains(event.target)) compute() })
  Sortable.create(list, { handle: '[data-line-grip]', animation: 120, onEnd: changed, ghostClass: 'dragging' })
}
export const start = (root) => {
  $$('[data-lines]', root).forEach(enhance)
  if (root instanceof Element && root.matches('[data-lines]')) enhance(root)
}
