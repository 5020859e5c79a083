package checks

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

var payeeFirst = add(&Check{
	ID:    "payee-first",
	Title: "a payout names a payee that Anton has given out",
	Doc: `An id that is guessed, cut or left over from another environment pays nobody, or the
wrong one.

Looked at: the payee_id of every payout, in the answers that the app got before.
Mend: create the payee first and store the id of the answer.`,
	Items: []Item{Payees},
	Run: func(t *Trial) {
		var odd tally
		ids := t.issued()
		for _, o := range t.requested().orders {
			if !o.object {
				continue
			}
			x, id := o.Exchange, o.payee
			t.Saw(x)
			switch was := ids[id]; {
			case id == "":
				odd.add(x, "payout without "+t.Profile.PersonField)
			case was != nil && !was.at.After(x.Start), t.standing(x):
			default:
				odd.add(x, "payout to "+id+", which no answer had given out before")
			}
		}
		odd.fail(t, "the id from the answer that created the payee")
	},
})

var instrumentFirst = add(&Check{
	ID:    "instrument-first",
	Title: "a payout names an instrument of its payee",
	Doc: `The instrument is the account that the money goes to. One that is made up is refused; one
of another payee pays the wrong person.

Looked at: the instrument_id of every payout, in the answers that the app got before, and
whose it is. Mend: create the instrument under the payee and store both ids together.`,
	Items: []Item{Payees},
	Run: func(t *Trial) {
		var odd tally
		ids := t.issued()
		for _, o := range t.requested().orders {
			if !o.object {
				continue
			}
			x, id := o.Exchange, o.instrument
			t.Saw(x)
			was := ids[id]
			switch {
			case id == "":
				odd.add(x, "payout without instrument_id")
			case was == nil && t.standing(x):
			case was == nil, was.at.After(x.Start):
				odd.add(x, "payout to "+id+", which no answer had given out before")
			case len(was.payees) > 0 && !slices.Contains(was.payees, o.payee):
				odd.add(x, "payout to "+o.payee+" with "+id+", an instrument of "+strings.Join(was.payees, ", "))
			}
		}
		odd.fail(t, "the id from the answer that created the payee's instrument")
	},
})

var payeeKnown = add(&Check{
	ID:    "payee-known",
	Title: "no payout is refused for an unknown payee or instrument",
	Doc: `Such a payout will never go through: its payee was deleted, or belongs to another
environment.

Looked at: Anton's own answers to payout requests, 404 and 422. Mend: check that payee and
instrument exist in the environment in use, and create them there.`,
	Items: []Item{Payees},
	Run: func(t *Trial) {
		var unknown tally
		for _, x := range t.payouts() {
			if x.Fault != nil || x.Response == nil {
				continue
			}
			t.Saw(x)
			if t.blamesPayee(x) {
				unknown.add(x, "payout refused with "+strconv.Itoa(x.Status())+" for an unknown payee or instrument")
			}
		}
		unknown.fail(t, "ids that exist at Anton")
	},
})

// unknownParty finds the reason in an error's message.
var unknownParty = regexp.MustCompile(`(?i)(payee|beneficiary|instrument)\b[^.]*(not found|unknown|not exist|not belong)`)

// blamesPayee reports whether a refusal is for an unknown payee or instrument.
func (e *Evidence) blamesPayee(x *recording.Exchange) bool {
	if x.Status() == 404 {
		return true
	}
	if x.Status() != 422 {
		return false
	}
	var refusal struct {
		Error struct {
			Message string
			Details json.RawMessage
		}
	}
	if json.Unmarshal(x.Response.Body.Bytes(), &refusal) != nil {
		return false
	}
	details := string(refusal.Error.Details)
	return unknownParty.MatchString(refusal.Error.Message) ||
		strings.Contains(details, `"`+e.Profile.PersonField+`"`) || strings.Contains(details, `"instrument_id"`)
}

var payeeReused = add(&Check{
	ID:    "payee-reused",
	Title: "a payee that is known is used again",
	Doc: `Payees that are made anew for each payout fill the account with doubles, each of which is
screened again.

Looked at: two operations with the same bank details, one after the other. Mend: store the
ids of payee and instrument with your own record of the person.`,
	Items: []Item{Payees},
	Needs: []recording.Exercise{recording.SamePayee},
	Level: Advice,
	Run: func(t *Trial) {
		same := t.Of(recording.SamePayee)
		if len(same) < 2 {
			return
		}
		first, second := same[0], same[1]
		before := t.payeesMade(first.Begin.At, second.Begin.At, first.Reference, second.Reference)
		after := t.payeesMade(second.Begin.At, t.last(), first.Reference, second.Reference)
		switch {
		case len(before) == 0:
			t.Missingf("no payee was created for %s; see that the pay action leads to one", first.Reference)
		case len(t.requests(second)) == 0:
			t.Missingf("no payout request of %s came; see that the pay action leads to one", second.Reference)
		case len(after) > 0:
			t.Saw(before[0])
			t.Failf(after[0], "payee created anew for the bank details of %s, want the stored payee used again", before[0].Ref())
		default:
			t.Saw(before[0])
			t.Saw(second)
		}
	},
})
