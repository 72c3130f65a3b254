// Pages for customers: the same small habits, without htmx.
import './forms.js'
import './inputs.js'
import './lazy.js'

document.documentElement.classList.add('js')
