package reports

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/anton-payments/golive/proxy/recording"
)

// evidence describes every ref that a finding names, in the order first named.
func evidence(rec *recording.Recording, r *Report) []Evidence {
	told, known := []Evidence{}, descriptions(rec)
	for _, v := range r.Verdicts {
		for _, f := range v.Findings {
			describe := known[f.Ref]
			if describe == nil {
				continue
			}
			delete(known, f.Ref)
			told = append(told, Evidence{Ref: f.Ref, Text: describe()})
		}
	}
	return told
}

// descriptions are how each piece of evidence is told, by ref.
func descriptions(rec *recording.Recording) map[string]func() string {
	known := make(map[string]func() string, len(rec.Exchanges)+len(rec.Deliveries)+len(rec.Marks))
	for i, x := range rec.Exchanges {
		known[x.Ref()] = func() string { return exchange(x, rec.Exchanges[:i]) }
	}
	for _, d := range rec.Deliveries {
		known[d.Ref()] = func() string { return delivery(d) }
	}
	for _, h := range rec.Handshakes {
		known[h.Ref()] = func() string { return handshake(h) }
	}
	for _, m := range rec.Marks {
		known[m.Ref()] = func() string { return mark(m) }
	}
	for _, f := range rec.Findings {
		known[f.Ref()] = func() string { return found(f) }
	}
	for _, a := range rec.Attestations {
		known[a.Ref()] = func() string { return fmt.Sprintf("%s, stated by %s on %s", a.Statement, a.By, a.Date) }
	}
	if rec.Certificate != nil {
		for _, v := range rec.Certificate.Verdicts {
			for _, f := range v.Findings {
				known["sandbox:"+f.Ref] = func() string { return f.Shown }
			}
		}
	}
	return known
}

// exchange tells one: "POST /v1/payouts → 503 (ours), key payout-7, attempt 2 of
// r1-7 after 1.2 s".
func exchange(x *recording.Exchange, earlier []*recording.Exchange) string {
	told := []string{x.Request.Method + " " + shortPath(x.Request) + " → " + answer(x)}
	if k := x.Request.Header["Idempotency-Key"]; len(k) > 0 {
		told = append(told, "key "+short(strings.Join(k, " and ")))
	}
	if x.Operation == "" {
		return strings.Join(told, ", ")
	}
	n, before := 1, (*recording.Exchange)(nil)
	for _, e := range earlier {
		if e.Operation == x.Operation && e.Request.Method == x.Request.Method && e.Request.Path == x.Request.Path {
			n, before = n+1, e
		}
	}
	if before == nil {
		return strings.Join(append(told, "operation "+x.Operation), ", ")
	}
	told = append(told, fmt.Sprintf("attempt %d of %s after %s", n, x.Operation, seconds(x.Start.Sub(before.End))))
	return strings.Join(told, ", ")
}

// answer tells what the app saw, and whether that was Anton's doing.
func answer(x *recording.Exchange) string {
	what := "no answer"
	if x.Response != nil {
		what = strconv.Itoa(x.Response.Status)
	}
	if x.Fault == nil {
		return what
	}
	switch x.Fault.Kind {
	case recording.FaultStatus, recording.FaultPages:
		return what + " (ours)"
	case recording.FaultLostAnswer:
		if x.Upstream != nil {
			return fmt.Sprintf("Anton answered %d, the answer was lost on the way (ours)", x.Upstream.Status)
		}
	case recording.FaultUpstream:
		return what + " (Anton could not be reached)"
	case recording.FaultRefused:
		return what + " (refused by the proxy)"
	}
	return fmt.Sprintf("%s (%s, ours)", what, x.Fault.Kind)
}

// delivery tells one: "webhook payout.completed, genuine → 200 after 12 ms".
func delivery(d *recording.Delivery) string {
	got := "no answer"
	if d.Response != nil {
		got = fmt.Sprintf("%d after %s", d.Response.Status, seconds(d.End.Sub(d.Start)))
	}
	told := fmt.Sprintf("webhook %s, %s → %s, event %s", d.EventType, d.Variant, got, d.EventID)
	if d.Operation != "" {
		told += ", operation " + d.Operation
	}
	return told
}

func handshake(h *recording.Handshake) string {
	shown := "the run's own certificate"
	switch h.Trap {
	case recording.FaultUntrusted:
		shown = "a certificate from an unknown authority"
	case recording.FaultWrongHost:
		shown = "a certificate for another name"
	case recording.FaultExpired:
		shown = "a certificate that has expired"
	}
	if h.Error != "" {
		return fmt.Sprintf("TLS handshake for %s, shown %s: refused by the app (%s)", h.Host, shown, h.Error)
	}
	return fmt.Sprintf("TLS handshake for %s, shown %s: accepted with %s", h.Host, shown, h.Version)
}

// mark tells an operation, an action's answer or another moment of the run.
func mark(m *recording.Mark) string {
	f := m.Facts
	switch m.Kind {
	case recording.MarkOperation:
		told := fmt.Sprintf("operation %s of exercise %s", m.Operation, m.Exercise)
		if f["amount"] != "" {
			told += fmt.Sprintf(": pay %s %s", f["amount"], f["currency"])
		}
		return told
	case recording.MarkAction:
		told := "action " + f["action"]
		if m.Operation != "" {
			told += " for " + m.Operation
		}
		if f["error"] != "" {
			return told + " → " + f["error"]
		}
		return fmt.Sprintf("%s → %s, value %q", told, f["code"], f["value"])
	}
	told := strings.ReplaceAll(string(m.Kind), "-", " ")
	if m.Exercise != "" {
		told += ", exercise " + string(m.Exercise)
	}
	if m.Operation != "" {
		told += ", operation " + m.Operation
	}
	return told
}

// found tells place and kind, never the value.
func found(f *recording.Finding) string {
	told := strings.ReplaceAll(f.Kind, "-", " ")
	if f.Encoding != "" {
		told += ", " + f.Encoding
	}
	if f.Note != "" {
		told += ", " + f.Note
	}
	return told
}

// shortPath is the path as sent with its query, long ones cut.
func shortPath(r recording.Request) string {
	p := r.Path
	if r.Query != "" {
		p += "?" + r.Query
	}
	return short(p)
}

// short cuts a text to 48 characters.
func short(s string) string {
	if runes := []rune(s); len(runes) > 48 {
		return string(runes[:47]) + "…"
	}
	return s
}

// seconds tells a time in the unit that suits it: "12 ms", "1.2 s".
func seconds(d time.Duration) string {
	if d < time.Second {
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}
