package board

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// do carries out what the presenter clicked. The answer is one line: what was
// done, or why it cannot be (409).
func (b *Board) do(w http.ResponseWriter, q *http.Request, r role) {
	if !r.presents {
		http.Error(w, "this is the viewer's link: only the presenter acts", http.StatusForbidden)
		return
	}
	q.Body = http.MaxBytesReader(w, q.Body, 64<<10)
	if err := q.ParseForm(); err != nil {
		http.Error(w, "the form could not be read", http.StatusBadRequest)
		return
	}
	for name, values := range q.PostForm {
		if name != "waiver" && len(strings.Join(values, "")) > mostWords {
			http.Error(w, fmt.Sprintf("that is too long: want %d characters or less", mostWords), http.StatusConflict)
			return
		}
	}
	b.mu.Lock()
	h := b.hands
	b.mu.Unlock()
	if h == nil {
		http.Error(w, "the app is not running: wait until it is ready, or start another run", http.StatusConflict)
		return
	}
	act := acts[q.PathValue("act")]
	if act == nil {
		http.NotFound(w, q)
		return
	}
	said, err := act(b, h, func(name string) string { return words(q.PostForm.Get(name)) })
	if err != nil {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	_, _ = w.Write([]byte(said))
}

// mostWords is how long what a person writes may be, in bytes: it stands on the
// certificate.
const mostWords = 1000

// words is one line of what a person wrote.
func words(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c)
	}), " ")
}

// acts are what a click can do: each reads its form and answers one line.
var acts = map[string]func(b *Board, h *Hands, form func(string) string) (string, error){
	"arm": func(_ *Board, h *Hands, form func(string) string) (string, error) {
		times, err := strconv.Atoi(form("times"))
		if form("fault") == "" {
			return "fault taken back", h.Arm("", 1)
		}
		if err != nil {
			return "", errors.New("how often must be a number")
		}
		return form("fault") + " waits for the next payout request", h.Arm(form("fault"), times)
	},
	"pay": func(_ *Board, h *Hands, form func(string) string) (string, error) {
		return "asked the app to pay", h.Pay(form("hold"))
	},
	"deliver": func(_ *Board, h *Hands, form func(string) string) (string, error) {
		return form("variant") + " webhook is on its way", h.Deliver(form("variant"))
	},
	"walk": func(_ *Board, h *Hands, form func(string) string) (string, error) {
		return form("reference") + " goes on to " + form("status"), h.Walk(form("reference"), form("status"))
	},
	"exercise": func(_ *Board, h *Hands, form func(string) string) (string, error) {
		name := form("name")
		if name == "" {
			return "all exercises that are left will run", h.Exercise("")
		}
		return name + " will run", h.Exercise(name)
	},
	"note": func(_ *Board, h *Hands, form func(string) string) (string, error) {
		if form("text") == "" {
			return "", errors.New("an empty note says nothing")
		}
		text := form("text")
		if by := form("by"); by != "" {
			text = by + ": " + text
		}
		return "noted", h.Mark(recording.Mark{Kind: recording.MarkNote, Facts: map[string]string{"text": text}})
	},
	"sign":  (*Board).sign,
	"waive": waive,
	"end": func(_ *Board, h *Hands, _ func(string) string) (string, error) {
		h.End()
		return "the run ends when what is under way has come to its end", nil
	},
}

// sign puts a person's word for an item, with the outcome as it stands, into
// the recording.
func (b *Board) sign(h *Hands, form func(string) string) (string, error) {
	at := slices.IndexFunc(checks.Checklist, func(l checks.Line) bool { return string(l.Item) == form("item") })
	switch {
	case at < 0:
		return "", errors.New("there is no item " + strconv.Quote(form("item")))
	case form("by") == "":
		return "", errors.New("a sign-off needs a name")
	}
	f := map[string]string{"item": form("item"), "by": form("by")}
	if form("withdraw") != "" {
		f["withdrawn"] = "yes"
		return form("item") + ": sign-off withdrawn", h.Mark(recording.Mark{Kind: recording.MarkSigned, Facts: f})
	}
	f["outcome"] = b.outcome(checks.Item(form("item")))
	if remark := form("remark"); remark != "" {
		f["remark"] = remark
	}
	return form("item") + " signed off", h.Mark(recording.Mark{Kind: recording.MarkSigned, Facts: f})
}

func (b *Board) outcome(i checks.Item) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if judged := b.judged(i); judged != nil {
		return judged.Outcome.String()
	}
	return checks.Inconclusive.String()
}
