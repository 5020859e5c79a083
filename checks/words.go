package checks

import (
	"slices"
	"strings"
	"unicode"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// words are what the app's status action shows for each status.
type words map[anton.Status]string

// words of exercise statuses; a status without an answer has none.
func (e *Evidence) words() words {
	w := words{}
	for _, s := range e.Profile.Checklist {
		if o := e.walked(s); o != nil {
			if m := e.told("status", o.Reference, "", ""); m != nil && worked(m) {
				w[s] = m.Facts["value"]
			}
		}
	}
	return w
}

// clash reports whether two statuses are shown alike.
func (w words) clash(a, b anton.Status) bool {
	return strings.EqualFold(strings.TrimSpace(w[a]), strings.TrimSpace(w[b]))
}

// blames tells whether s is the one at fault when it is shown like other. The
// word itself tells: "completed" for a failed payout is the failed one's fault.
// Where it does not, the company it keeps does: a word that s shares with its
// like belongs to s. Where nothing tells, both are at fault.
func (w words) blames(s, other anton.Status) bool {
	mine, theirs := speaksOf(w[s], s), speaksOf(w[other], other)
	if mine != theirs {
		return theirs
	}
	mine, theirs = w.shared(s, other), w.shared(other, s)
	return mine == theirs || theirs
}

// shared reports whether another status of the same kind has the word of s.
func (w words) shared(s, apartFrom anton.Status) bool {
	for other := range w {
		if other != s && other != apartFrom && kindOf(other) == kindOf(s) && w.clash(other, s) {
			return true
		}
	}
	return false
}

// kind is what a status means for the money.
type kind int

const (
	pending kind = iota // on its way, or not yet; an unknown status too
	arrived             // paid
	undone              // failed, returned, cancelled: the money is back
)

func kindOf(s anton.Status) kind {
	switch s {
	case anton.Completed:
		return arrived
	case anton.Failed, anton.Returned, anton.Cancelled:
		return undone
	}
	return pending
}

// apart reports whether two statuses must be shown differently.
func apart(a, b anton.Status) bool { return kindOf(a) != kindOf(b) }

// wanted is the word that a status needs.
func wanted(s anton.Status) string {
	if kindOf(s) == pending {
		return "a word for pending"
	}
	return "a word of its own"
}

// vocabulary are words that apps use, by what they speak of. It only settles
// who is at fault when two statuses are shown alike; no word is wrong by itself.
var vocabulary = map[kind][]string{
	pending: {
		"pending", "screening", "pendingscreening", "pendingapproval", "approval", "awaitingapproval", "processing",
		"inprocess", "inprogress", "progress", "sent", "sending", "submitted", "accepted", "open", "created", "new", "queued",
		"intransit", "inflight", "waiting", "working", "scheduled", "running", "started", "unknown", "onhold", "hold", "review",
	},
	arrived: {"completed", "complete", "paid", "paidout", "success", "successful", "succeeded", "settled", "delivered", "done", "finished", "ok"},
	undone: {
		"failed", "fail", "failure", "error", "rejected", "declined", "unpaid", "notpaid", "unsuccessful",
		"returned", "return", "bounced", "refunded", "reversed", "cancelled", "canceled", "aborted", "void", "voided",
	},
}

// speaksOf reports whether a word is one that apps use for a status of that kind.
func speaksOf(word string, s anton.Status) bool {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, word)
	letters = strings.TrimPrefix(strings.TrimPrefix(letters, "payout"), "payment")
	letters = strings.TrimPrefix(letters, "status")
	return slices.Contains(vocabulary[kindOf(s)], letters)
}

// walked is the last operation of exercise statuses whose payout was held in a
// status; the alias of a status is a word of its own. nil when there is none.
func (e *Evidence) walked(s anton.Status) *recording.Operation {
	var last *recording.Operation
	for _, o := range e.Of(recording.Statuses) {
		if o.Facts["status"] == string(s) && e.holds(o) {
			last = o
		}
	}
	return last
}

// holds reports whether Anton holds a payout of an operation: it said so to
// the app, in an answer or in an event.
func (e *Evidence) holds(o *recording.Operation) bool {
	for _, x := range e.Attempts(o.Reference, anton.PayoutCreate) {
		if success(x.Status()) {
			return true
		}
	}
	for _, d := range e.Delivered(o.Exercise, recording.Genuine) {
		if d.Operation == o.Reference {
			return true
		}
	}
	return false
}

// shown reports whether the app was shown a status for an operation's payout, in
// an answer or in an event.
func (e *Evidence) shown(o *recording.Operation, s anton.Status) bool {
	for _, x := range e.Exchanges {
		if x.Operation == o.Reference && text(e.object(x.Response), "status") == string(s) {
			return true
		}
	}
	for _, d := range e.Deliveries {
		if d.Operation == o.Reference && d.Claims == string(s) {
			return true
		}
	}
	return false
}

// same reports whether an operation was held in a status or its alias.
func (e *Evidence) same(o *recording.Operation, s anton.Status) bool {
	return e.own(anton.Status(o.Facts["status"])) == e.own(s)
}

// own is the API's own word for a status.
func (e *Evidence) own(s anton.Status) anton.Status {
	if other, ok := e.Profile.Aliases[s]; ok {
		return other
	}
	return s
}

// receives fails the event of a status that the app had not accepted when Anton
// stopped sending it.
func (t *Trial) receives(s anton.Status) {
	last := map[string]*recording.Delivery{}
	o := t.walked(s)
	for _, d := range t.Delivered(recording.Statuses, recording.Genuine) {
		if d.Operation == o.Reference && t.own(anton.Status(d.Claims)) == t.own(s) && !t.unearned(d) {
			last[d.EventID] = d
		}
	}
	for _, d := range t.Delivered(recording.Statuses, recording.Genuine) {
		if last[d.EventID] != d {
			continue
		}
		t.Saw(d)
		if !success(d.Status()) {
			t.Failf(d, "%s %s, want 2xx", d.EventType, reply(d))
		}
	}
}

// answered is the last answer of the status action for an operation. An app
// that answers with an error fails; no answer at all is missing.
func (t *Trial) answered(s anton.Status, o *recording.Operation) *recording.Mark {
	asked := t.Actions("status", o.Reference)
	if len(asked) == 0 {
		t.Missingf("what the app shows for %s is not known; give actions.status in golive.yaml", s)
		return nil
	}
	m := asked[len(asked)-1]
	if m.Facts["code"] != "" && !worked(m) {
		t.Saw(m)
		t.Failf(m, "the status of a payout in %s was answered with %s, want a word", s, m.Facts["code"])
		return nil
	}
	if m.Facts["error"] != "" || m.Facts["value"] == "" {
		t.Missingf("the app gave no status for %s: %s; see actions.status in golive.yaml", s, m.Facts["error"])
		return nil
	}
	return m
}

// worked reports whether an action came to its end: a 2xx, or exit code 0.
func worked(m *recording.Mark) bool {
	code := m.Facts["code"]
	return code == "" || code == "0" || len(code) == 3 && code[0] == '2'
}
