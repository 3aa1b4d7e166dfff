from .test_pro_calendar import *
def test_dbg(clinic, visit):
    page = visit(address(clinic,"day"))
    page.wait_for_selector("button.card-button")
    print(page.evaluate("""()=>[...document.querySelectorAll('#main > *, #calendar > *, .ec > *')].map(e=>[e.tagName,e.id,e.className.toString().slice(0,40),Math.round(e.getBoundingClientRect().top),Math.round(e.getBoundingClientRect().height), getComputedStyle(e).margin].join(' ')).join('\\n')"""))
    page = visit(address(clinic,"patient"))
    print(page.evaluate("""()=>[...document.querySelectorAll('.patient-card *')].slice(0,40).map(e=>[e.tagName,e.id,e.className.toString().slice(0,40),Math.round(e.getBoundingClientRect().top),Math.round(e.getBoundingClientRect().height), getComputedStyle(e).margin].join(' ')).join('\\n')"""))
