package checks

import (
	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

const lifecycleMend = `

Looked at: the answer to the event of this status, and the word that actions.status
shows for a payout that stays in it, beside the words of the other statuses. Mend: `

var lifecycleItems = []Item{Lifecycle, LaunchStatuses}

var walks = []recording.Exercise{recording.Statuses}

var statusScreening = add(&Check{
	ID:    "status-screening",
	Title: "a payout in screening is shown as pending",
	Doc: `A payout in screening may still be stopped: shown as paid, goods leave for nothing;
shown as failed, somebody pays again.` + lifecycleMend + `show screening and pending_screening as pending, and wait.`,
	Items: lifecycleItems, Needs: walks, Attestable: true,
	Run: func(t *Trial) { t.tells(anton.Screening) },
})

var statusPendingApproval = add(&Check{
	ID:    "status-pending-approval",
	Title: "a payout in pending_approval is shown as pending",
	Doc: `A payout that waits for a second person has not moved money, and has not failed.` +
		lifecycleMend + `show it as pending, best with the hint that somebody has to approve.`,
	Items: lifecycleItems, Needs: walks, Attestable: true,
	Run: func(t *Trial) { t.tells(anton.PendingApproval) },
})

var statusProcessing = add(&Check{
	ID:    "status-processing",
	Title: "a payout in processing is shown as pending",
	Doc: `A payout in processing has not arrived; booked as paid, its failure comes too late
for the ledger.` + lifecycleMend + `show it as in flight.`,
	Items: lifecycleItems, Needs: walks, Attestable: true,
	Run: func(t *Trial) { t.tells(anton.Processing) },
})

var statusSent = add(&Check{
	ID:    "status-sent",
	Title: "a payout in sent is shown as pending",
	Doc: `Sent means handed to the rail, not received; it may still fail or come back.` +
		lifecycleMend + `show it as in flight until completed, failed or returned.`,
	Items: lifecycleItems, Needs: walks, Attestable: true,
	Run: func(t *Trial) { t.tells(anton.Sent) },
})

var statusCompleted = add(&Check{
	ID:    "status-completed",
	Title: "a completed payout is told apart from every other",
	Doc: `A payout that never reads as paid is paid again by hand.` +
		lifecycleMend + `mark it paid on completed, and only then.`,
	Items: lifecycleItems, Needs: walks, Attestable: true,
	Run: func(t *Trial) { t.tells(anton.Completed) },
})

var statusFailed = add(&Check{
	ID:    "status-failed",
	Title: "a failed payout is told apart from paid and pending",
	Doc: `The funds are back on the balance, the payee waits: nobody sees it, nobody pays.` +
		lifecycleMend + `book the amount back and show failure_reason.`,
	Items: lifecycleItems, Needs: walks, Attestable: true,
	Run: func(t *Trial) { t.tells(anton.Failed) },
})

var statusReturned = add(&Check{
	ID:    "status-returned",
	Title: "a returned payout is told apart from paid and pending",
	Doc: `The bank sent the money back; a ledger that still says paid is wrong by the amount.` +
		lifecycleMend + `book the return and show return_reason.`,
	Items: lifecycleItems, Needs: walks, Attestable: true,
	Run: func(t *Trial) { t.tells(anton.Returned) },
})

var statusCancelled = add(&Check{
	ID:    "status-cancelled",
	Title: "a cancelled payout is told apart from paid and pending",
	Doc: `A cancelled payout never arrives; shown as paid or pending, the payee waits for ever.` +
		lifecycleMend + `release what was reserved and show it as cancelled.`,
	Items: lifecycleItems, Needs: walks, Attestable: true,
	Run: func(t *Trial) { t.tells(anton.Cancelled) },
})

var statusNoDuplicate = add(&Check{
	ID:    "status-no-duplicate",
	Title: "a pending payout is not created a second time",
	Doc: `Screening and approval take minutes to hours. An app that loses patience and creates
the payout again pays twice when both are released.

Looked at: payout requests of an operation that stays in screening or
pending_approval. Mend: wait for the event; a pending payout is not an error.`,
	Items: lifecycleItems,
	Needs: walks,
	Run: func(t *Trial) {
		for _, s := range []anton.Status{anton.Screening, anton.PendingApproval} {
			if t.createdOnce(s) == 0 {
				t.Missingf("no payout was created and held in %s; let actions.pay create one", s)
			}
		}
	},
})

var statusAlias = add(&Check{
	ID:    "status-alias",
	Title: "screening and pending_screening are both handled",
	Doc: `Anton's documents use both words for one status. An app that knows one of them
fails, or worse, takes the other for an end.

Looked at: the answers to both words in events, and the word that actions.status shows
then. Mend: treat both as pending.`,
	Items: lifecycleItems,
	Needs: walks,
	Run: func(t *Trial) {
		for _, s := range []anton.Status{anton.Screening, anton.PendingScreening} {
			if t.walked(s) == nil {
				t.Missingf("no payout was held in %s; run exercise %s again", s, recording.Statuses)
				continue
			}
			t.receives(s)
			t.unfinished(s, t.walked(s), anton.Completed, anton.Failed, anton.Returned, anton.Cancelled)
		}
	},
})

var statusUnknown = add(&Check{
	ID:    "status-unknown",
	Title: "an unknown status is neither paid nor failed",
	Doc: `Anton adds statuses. An app that takes a new one for failed pays again; for
completed, it books what did not arrive.

Looked at: the word that actions.status shows for a payout in on_hold, and that the
app goes on. Mend: treat what is not known as pending, and raise an alert.`,
	Items: lifecycleItems,
	Needs: []recording.Exercise{recording.UnknownStatus, recording.Statuses},
	Level: Should,
	Run: func(t *Trial) {
		for _, o := range t.Of(recording.UnknownStatus) {
			for _, d := range t.Deliveries {
				if d.Operation == o.Reference && d.Claims == unknownStatus && !t.unearned(d) && !success(d.Status()) {
					t.Failf(d, "event with the unknown status %s %s, want 2xx", d.Claims, reply(d))
				}
			}
			if other := t.toldAlso(o); other != nil {
				t.Missingf("the app was told of %s as well (%s), so its word proves nothing; hold that event back", other.Claims, other.ID)
				continue
			}
			t.unfinished(unknownStatus, o, anton.Completed, anton.Failed)
		}
	},
})

// unknownStatus is a status that no document of Anton's has.
const unknownStatus = "on_hold"

// tells judges one status: its event was accepted, and its word tells it apart.
func (t *Trial) tells(s anton.Status) {
	o := t.walked(s)
	if o == nil {
		t.Missingf("no payout was held in %s; let actions.pay create one", s)
		return
	}
	t.receives(s)
	m := t.answered(s, o)
	if m == nil {
		return
	}
	words := t.words()
	var others []anton.Status
	for _, other := range t.Profile.Checklist {
		if other != s && apart(s, other) && words[other] != "" {
			others = append(others, other)
		}
	}
	if s != anton.Completed && words[anton.Completed] == "" || len(others) == 0 {
		t.Missingf("the word for a payout that ended otherwise is not known to compare %s with; run exercise %s again", s, recording.Statuses)
		return
	}
	t.Saw(m)
	for _, other := range others {
		if words.clash(s, other) && words.blames(s, other) {
			t.Failf(m, "%s shows as %q, as %s does, want %s", s, words[s], other, wanted(s))
			return
		}
	}
}

// toldAlso is an event that gave the app a known status for a payout that shows
// an unknown one; nil when there is none.
func (e *Evidence) toldAlso(o *recording.Operation) *recording.Delivery {
	for _, d := range e.Deliveries {
		if d.Operation == o.Reference && d.Claims != "" && d.Claims != unknownStatus {
			return d
		}
	}
	return nil
}

// createdOnce judges the payout requests of the operations held in a pending
// status; it says how many operations it could judge.
func (t *Trial) createdOnce(s anton.Status) int {
	judged := 0
	for _, o := range t.Of(recording.Statuses) {
		if !t.same(o, s) {
			continue
		}
		var first *recording.Exchange
		for _, x := range t.Attempts(o.Reference, anton.PayoutCreate) {
			switch {
			case first == nil && success(x.Status()):
				first, judged = x, judged+1
				t.Saw(x)
			case first != nil && (key(x) == "" || key(x) != key(first)):
				t.Failf(x, "payout created again with another key while %s was %s, want one payout for a reference", first.ID, s)
			}
		}
	}
	return judged
}

// unfinished judges the word for a status that is no end: it must not be the
// word of one of those.
func (t *Trial) unfinished(s anton.Status, o *recording.Operation, ends ...anton.Status) {
	if !t.shown(o, s) {
		t.Missingf("the app was not shown the word %s; let it create the payout, and read its answer", s)
		return
	}
	m := t.answered(s, o)
	if m == nil {
		return
	}
	words := t.words()
	words[s] = m.Facts["value"]
	if words[anton.Completed] == "" && words[anton.Failed] == "" {
		t.Missingf("the words for completed and failed are not known to compare %s with; run exercise %s", s, recording.Statuses)
		return
	}
	t.Saw(m)
	for _, end := range ends {
		if words.clash(s, end) && words.blames(s, end) {
			t.Failf(m, "%s shows as %q, as %s does, want %s", s, words[s], end, wanted(s))
			return
		}
	}
}
