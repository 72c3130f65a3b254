// The customer's pages. Without this module everything still works: options are sent by a form
// and the typed name is the signature.
const $ = (selector, root = document) => root.querySelector(selector)
// The style of the answer carries the nonce of another page: left out, this page has its own.
const parse = (html) => new DOMParser().parseFromString(html.replace(/<style[\s\S]*?<\/style>/g, ''), 'text/html')
const replaceParts = (page, ids) => {
  for (const id of ids) {
    const [old, fresh] = [document.getElementById(id), page.getElementById(id)]
    if (old && fresh) old.replaceWith(fresh)
  }
}

// --- the quote: its amounts with the options ticked
const options = $('form[data-options]')
if (options) {
  for (const button of options.querySelectorAll('[data-step]')) {
    const field = $('input', button.parentElement)
    button.hidden = false
    button.addEventListener('click', () => {
      const [now, low, high] = [field.value, field.min || -Infinity, field.max || Infinity].map(Number)
      field.value = Math.min(high, Math.max(low, now + Number(button.dataset.step)))
      field.dispatchEvent(new Event('change', { bubbles: true }))
    })
  }
  let latest = 0
  options.addEventListener('change', async () => {
    const turn = ++latest
    try {
      const answer = await fetch(options.dataset.options, { method: 'POST', body: new FormData(options) })
      if (!answer.ok || turn !== latest) return
      const fresh = parse(await answer.text())
      replaceParts(fresh, [...fresh.querySelectorAll('[id^="importe-"]')].map(({ id }) => id))
    } catch { /* the form itself carries the options to the server, which computes them again */ }
  })
}

// --- an invoice: the same, once the page is in front of somebody
const opened = $('[data-opened]')
if (opened) {
  const tell = () => fetch(opened.dataset.opened, { method: 'POST', keepalive: true }).catch(() => {})
  if (document.visibilityState === 'visible') setTimeout(tell, 600)
  else document.addEventListener('visibilitychange', tell, { once: true })
}

// --- the signature
const form = $('form[data-sign]')
if (form) {
  const [mode, drawn, typed] = ['[data-mode]', '[data-drawn]', '[data-typed]'].map((part) => $(part, form))
  const button = $('[data-sign-button]')
  const offline = $('[data-offline]')
  const label = $('span', button)
  const words = label.textContent
  const asks = $('[data-typed-only]', form)
  const draw = (yes) => {
    if (asks) asks.hidden = yes
    mode.value = yes ? 'trazo' : 'nombre'
    drawn.hidden = !yes
    typed.hidden = yes
    $('[data-use-pad]', form).hidden = yes
  }
  draw(true)
  // Strokes leave this device only if the person says so; without the box checked, only the picture.
  const strokes = $('[data-sign-strokes]', form)
  const told = () => { strokes.disabled = !(form.elements.biometria?.checked && mode.value === 'trazo') }
  form.addEventListener('change', told)
  $('[data-send-code]', form)?.addEventListener('click', async (event) => {
    event.preventDefault()
    const ask = event.currentTarget
    const data = new FormData(form)
    for (const heavy of ['firma', 'trazos']) data.delete(heavy)
    ask.disabled = true
    try {
      const answer = await fetch(ask.formAction, { method: 'POST', body: new URLSearchParams(data) })
      if (answer.redirected) { location.assign(answer.url); return }
      replaceParts(parse(await answer.text()), ['codigo-aviso'])
      form.elements.codigo.focus()
    } catch { offline.hidden = false }
    ask.disabled = false
  })
  $('[data-use-name]', form).addEventListener('click', () => { draw(false); form.elements.nombre.focus() })
  $('[data-use-pad]', form).addEventListener('click', () => draw(true))
  form.addEventListener('input', () => { $('[data-typed-name]', form).textContent = form.elements.nombre.value })

  const rest = (text = words) => { button.removeAttribute('aria-busy'); label.textContent = text }
  // Sent by fetch so that the strokes stay on the page when the network is lost.
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    event.stopPropagation()
    if (button.getAttribute('aria-busy')) return
    button.setAttribute('aria-busy', 'true')
    label.textContent = button.dataset.sending
    offline.hidden = true
    told()
    $('[data-clock]', form).value = new Date().toISOString()
    try {
      const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form)) })
      if (answer.redirected || answer.ok) { location.assign(answer.url); return }
      if (answer.status >= 500) throw new Error('server')
      showErrors(parse(await answer.text()))
      rest()
    } catch {
      offline.hidden = false
      rest(button.dataset.retry)
    }
  })
  // The texts changed while they were read: they come with their boxes unticked, what was drawn stays.
  const texts = (root) => [...root.querySelectorAll('[name^="texto_"]')].map(({ name, value }) => name + value).join()
  const showTexts = (page) => {
    if (texts(document) === texts(page)) return
    for (const name of ['consiento', 'biometria']) {
      const [here, there] = [document, page].map((root) => root.getElementById(`id_${name}-campo`))
      if (here && there) here.replaceWith(there)
      else if (there) document.getElementById('id_consiento-campo').after(there)
      else here?.remove()
    }
    told()
  }
  const showErrors = (page) => {
    showTexts(page)
    document.title = page.title
    $('#problema').replaceChildren(...$('#problema', page).childNodes)
    for (const name of ['nombre', 'nif', 'firma', 'codigo', 'consiento']) {
      const [here, there] = [document, page].map((root) => root.getElementById(`id_${name}-campo`))
      if (!here || !there) continue
      for (const old of here.querySelectorAll('.error')) old.remove()
      const input = $('input:not([type=hidden])', here)
      input?.removeAttribute('aria-invalid')
      const error = $('.error', there)
      if (!error) continue
      if (name === 'firma') here.prepend(error)
      else {
        ;(input.closest('.choice') ?? input).before(error)
        input.setAttribute('aria-invalid', 'true')
        input.setAttribute('aria-describedby', error.id)
      }
    }
    $('.problem')?.focus()
    scrollTo({ top: 0 })
  }
}

// --- a PDF dropped anywhere on the page of the checker is the one to check
if ($('[data-drop]')) {
  for (const type of ['dragover', 'dragleave', 'drop']) {
    document.addEventListener(type, (event) => { event.preventDefault(); $('[data-drop]')?.classList.toggle('over', type === 'dragover') })
  }
  document.addEventListener('drop', (event) => {
    const input = $('[data-drop] input[type=file]')
    if (!input || !event.dataTransfer?.files.length) return
    input.files = event.dataTransfer.files
    input.form.requestSubmit()
  })
  // Sent from here so that, while another one is being checked, the PDF chosen stays chosen.
  document.addEventListener('submit', async (event) => {
    const form = event.target
    if (!form.matches('form[data-drop-form]')) return
    event.preventDefault()
    const button = $('button', form)
    if (button.disabled) return
    button.disabled = true
    try {
      const answer = await fetch(form.action, { method: 'POST', body: new FormData(form) })
      const fresh = parse(await answer.text())
      replaceParts(fresh, [answer.status === 503 ? 'aviso' : 'contenido'])
      if (answer.status !== 503) {
        document.title = fresh.title
        ;($('.problem') ?? document.getElementById('contenido')).focus()
        scrollTo(0, 0)
      }
    } catch { $('#aviso').textContent = document.body.dataset.sayOffline } finally { button.disabled = false }
  })
}
