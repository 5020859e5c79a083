package checks

import (
	"encoding/json"
	"time"

	"github.com/anton-payments/golive/fixtures/anton"
	"github.com/anton-payments/golive/proxy/recording"
)

// Ran reports whether an exercise was carried out to its end.
func (e *Evidence) Ran(x recording.Exercise) bool {
	for _, m := range e.Marks {
		if m.Kind == recording.MarkEnd && m.Exercise == x {
			return true
		}
	}
	return false
}

// Of gives the operations of an exercise, in order.
func (e *Evidence) Of(x recording.Exercise) []*recording.Operation {
	var found []*recording.Operation
	for _, o := range e.operations {
		if o.Exercise == x {
			found = append(found, o)
		}
	}
	return found
}

// Everything gives all operations, in order.
func (e *Evidence) Everything() []*recording.Operation { return e.operations }

// sortCalls finds each exchange's route once. What an app sends on a connection
// with an untrustworthy certificate bears on tls-* alone and is no call.
func (e *Evidence) sortCalls() {
	e.asked = make([]*recording.Exchange, 0, len(e.Exchanges))
	for _, x := range e.Exchanges {
		r, known := e.Profile.Route(x.Request.Method, x.Request.Path)
		if known {
			e.routes[x] = r.Name
		}
		if distrusted(x) {
			continue
		}
		e.asked = append(e.asked, x)
		if known {
			of := [2]string{x.Operation, r.Name}
			e.calls[r.Name] = append(e.calls[r.Name], x)
			e.attempts[of] = append(e.attempts[of], x)
		}
		if e.Profile.Mutation(x.Request.Method, x.Request.Path) {
			e.mutations = append(e.mutations, x)
		}
	}
}

// distrusted reports whether a request came on a connection whose certificate the
// app should have refused.
func distrusted(x *recording.Exchange) bool {
	if x.Fault == nil {
		return false
	}
	switch x.Fault.Kind {
	case recording.FaultUntrusted, recording.FaultWrongHost, recording.FaultExpired:
		return true
	}
	return false
}

// Mutations are the requests that create or modify, by the profile's words.
func (e *Evidence) Mutations() []*recording.Exchange { return e.mutations }

// Calls are the requests to one route (anton.PayoutCreate, …), in order of arrival.
func (e *Evidence) Calls(route string) []*recording.Exchange { return e.calls[route] }

// Attempts are one operation's requests to one route, in order of arrival.
func (e *Evidence) Attempts(operation, route string) []*recording.Exchange {
	return e.attempts[[2]string{operation, route}]
}

// Route names the route of an exchange, "" when the profile does not know it.
func (e *Evidence) Route(x *recording.Exchange) string { return e.routes[x] }

// Actions are the answers of an action (status, effects, list) for an operation;
// operation "" means any.
func (e *Evidence) Actions(action, operation string) []*recording.Mark {
	var found []*recording.Mark
	for _, m := range e.Marks {
		if m.Kind == recording.MarkAction && m.Facts["action"] == action && (operation == "" || m.Operation == operation) {
			found = append(found, m)
		}
	}
	return found
}

// Has reports whether golive.yaml gave an action of that name.
func (e *Evidence) Has(action string) bool {
	for _, a := range e.Open.Actions {
		if a == action {
			return true
		}
	}
	return false
}

// Delivered are the deliveries of an exercise and a variant; "" means any.
func (e *Evidence) Delivered(x recording.Exercise, v recording.Variant) []*recording.Delivery {
	var found []*recording.Delivery
	for _, d := range e.Deliveries {
		if (x == "" || d.Exercise == x) && (v == "" || d.Variant == v) {
			found = append(found, d)
		}
	}
	return found
}

// Delay is the time from the end of an answer to the next attempt's first byte.
func Delay(before, after *recording.Exchange) time.Duration { return after.Start.Sub(before.End) }

// key is the Idempotency-Key as sent, "" when there is none.
func key(x *recording.Exchange) string {
	if v := x.Request.Header["Idempotency-Key"]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// object is a single object in an answer's body, out of its envelope; nil when
// the body is something else.
func (e *Evidence) object(r *recording.Response) map[string]json.RawMessage {
	if r == nil {
		return nil
	}
	var m map[string]json.RawMessage
	if json.Unmarshal(r.Body.Bytes(), &m) != nil {
		return nil
	}
	if data, ok := m["data"]; ok && e.Profile.Wrapped {
		var inner map[string]json.RawMessage
		if json.Unmarshal(data, &inner) == nil {
			return inner
		}
	}
	return m
}

// text is a string member of a JSON object, "" when it is none.
func text(m map[string]json.RawMessage, member string) string {
	var s string
	_ = json.Unmarshal(m[member], &s)
	return s
}

// payouts are the payout creations, the evidence of most checks.
func (e *Evidence) payouts() []*recording.Exchange { return e.Calls(anton.PayoutCreate) }
