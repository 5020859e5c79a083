package checks

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// Anton waits 30 s for an answer and recommends 5 s [A help 14127271].
const (
	deliveryLimit  = 30 * time.Second
	deliveryAdvice = 5 * time.Second
	giveUp         = 500 * time.Millisecond // whoever gave up after 30 s may have begun to count a moment earlier
)

var webhookGenuine = add(&Check{
	ID:    "webhook-genuine",
	Title: "every genuine delivery is accepted",
	Doc: `Anton sends a refused event again for ten hours and then gives up: the app never
learns that the payout failed.

Looked at: the answer to each genuine delivery. Mend: answer any 2xx as soon as the
event is stored, also to events that the app has no use for.`,
	Items: []Item{Webhooks},
	Run: func(t *Trial) {
		var refused tally
		for _, d := range t.genuine() {
			t.Saw(d)
			if !success(d.Status()) {
				refused.add(d, d.EventType+" "+reply(d))
			}
		}
		refused.fail(t, "2xx")
		t.undelivered()
	},
})

var webhookInTime = add(&Check{
	ID:    "webhook-in-time",
	Title: "deliveries are answered within 30 s, best within 5 s",
	Doc: `After 30 s Anton takes a delivery for lost and sends it again; slow work in the
receiver turns every event into several.

Looked at: the time from the start of a genuine delivery to its complete answer; from
5 s to 30 s is worth an advice, unless the machine was too busy to keep time.
Mend: store the event, answer, and do the work afterwards.`,
	Items: []Item{Webhooks},
	Run: func(t *Trial) {
		var late, slow []*recording.Delivery
		for _, d := range t.genuine() {
			took := d.End.Sub(d.Start)
			switch {
			case took > deliveryLimit, d.Response == nil && took > deliveryLimit-giveUp:
				late = append(late, d)
			case d.Response == nil:
				continue // webhook-genuine tells it
			case took > deliveryAdvice && t.stall(d.Start, d.End) <= took/10: // else the machine was slow
				slow = append(slow, d)
			}
			t.Saw(d)
		}
		t.undelivered()
		if d := slowest(late); d != nil {
			t.Failf(d, "%s %s after %.1f s%s, want an answer within 30 s", d.EventType, reply(d), d.End.Sub(d.Start).Seconds(), times(len(late)))
		}
		if d := slowest(slow); d != nil {
			t.Advisef(d, "%s %s after %.1f s%s, want 5 s or less", d.EventType, reply(d), d.End.Sub(d.Start).Seconds(), times(len(slow)))
		}
	},
})

var webhookUnknownEvent = add(&Check{
	ID:    "webhook-unknown-event",
	Title: "an event of an unknown type is accepted and ignored",
	Doc: `Anton adds event types without asking; a receiver that fails on one is sent it
again and again, and loses its place in the alerts.

Looked at: the answer to an event of a type that no document has, and status and
effects around it. Mend: answer 2xx to a signed event of any type, act on the known.`,
	Items: []Item{Webhooks},
	Needs: []recording.Exercise{recording.UnknownEventType},
	Level: Should,
	Run: func(t *Trial) {
		sent := t.Delivered("", recording.UnknownEvent)
		if len(sent) == 0 && t.Ran(recording.UnknownEventType) {
			t.Missingf("no event of an unknown type was delivered; see that the app listens at webhook.url")
		}
		for _, d := range sent {
			if t.unearned(d) {
				continue
			}
			t.Saw(d)
			if !success(d.Status()) {
				t.Failf(d, "event of the unknown type %s %s, want 2xx", d.EventType, reply(d))
			}
			if f := t.effect(d.Operation, ""); f.after != nil && !t.learned(d, f.after.At) {
				t.Failf(f.after, "%s after an event of an unknown type, want no change", f)
			}
		}
	},
})

// learned reports whether the app read a status of the payout from Anton between
// a delivery and a moment, one that nothing before had told it: to any event it
// may ask Anton where the payout stands.
func (e *Evidence) learned(d *recording.Delivery, until time.Time) bool {
	known := map[string]bool{}
	for _, x := range e.Exchanges {
		o := e.object(x.Response)
		status := text(o, "status")
		if d.Payout == "" || text(o, "id") != d.Payout || !x.End.Before(until) {
			continue
		}
		if x.Start.After(d.Start) && !known[status] {
			return true
		}
		known[status] = true
	}
	return false
}

// slowest is the delivery that took longest, the first of equals; nil of none.
func slowest(list []*recording.Delivery) *recording.Delivery {
	if len(list) == 0 {
		return nil
	}
	return slices.MaxFunc(list, func(a, b *recording.Delivery) int {
		return cmp.Compare(a.End.Sub(a.Start), b.End.Sub(b.Start))
	})
}

// undelivered says what to do when nothing was delivered that could be judged.
func (t *Trial) undelivered() {
	if t.verdict.Outcome == NotApplicable {
		t.Missingf("no genuine delivery was answered; see that the app is subscribed and listens at webhook.url")
	}
}

// genuine are the correctly signed plain deliveries that the app could answer.
func (e *Evidence) genuine() []*recording.Delivery {
	var found []*recording.Delivery
	for _, d := range e.Delivered("", recording.Genuine) {
		if !e.unearned(d) {
			found = append(found, d)
		}
	}
	return found
}

// reply tells what a delivery got.
func reply(d *recording.Delivery) string {
	if d.Response == nil {
		return fmt.Sprintf("got no answer (%s)", d.Error)
	}
	return fmt.Sprintf("was answered with %d", d.Response.Status)
}
