// The code of a product read with the camera, where the browser can read codes by itself
// (BarcodeDetector); elsewhere the button is not there. No picture leaves the page.
import { h, sheet, t } from './ui.js'

const EVERY = 200

export const possible = () => 'BarcodeDetector' in globalThis && Boolean(navigator.mediaDevices?.getUserMedia)

/** Look for a code until `take(text)` says it is of something, or the sheet is closed. */
export const scan = async (take) => {
  const video = h('video', { class: 'scan', playsinline: true, muted: true, 'aria-hidden': 'true' })
  const told = h('p', { class: 'hint center', role: 'status' }, t('scan_hint'))
  const { close, dialog } = sheet(t('scan'), video, told)
  let stream = null
  const stop = () => stream?.getTracks().forEach((track) => track.stop())
  dialog.addEventListener('close', stop)
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment' } })
    video.srcObject = stream
    await video.play()
  } catch {
    told.textContent = t('scan_denied')
    return
  }
  if (!dialog.open) { stop(); return }
  const detector = new globalThis.BarcodeDetector()
  while (dialog.open) {
    const found = await detector.detect(video).catch(() => [])
    for (const { rawValue } of found) {
      if (!dialog.open) break
      if (take(rawValue)) { close(); break }
      if (!told.textContent.includes(rawValue)) told.textContent = t('scan_unknown', { code: rawValue })
    }
    await new Promise((next) => { setTimeout(next, EVERY) })
  }
}
