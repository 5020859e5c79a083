package reports

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/anton-payments/golive/checks"
	"github.com/anton-payments/golive/proxy/recording"
)

// evidence describes every ref that a finding names, in the order first named.
func evidence(rec *recording.Recording, r *Report) []Evidence {
	most := 0
	for _, v := range r.Verdicts {
		most += len(v.Findings)
	}
	texts, named := make(map[string]*string, most), make([]string, 0, most)
	for _, v := range r.Verdicts {
		for _, f := range v.Findings {
			if _, before := texts[f.Ref]; !before {
				texts[f.Ref] = nil
				named = append(named, f.Ref)
			}
		}
	}
	describe(rec, texts)
	told := make([]Evidence, 0, len(named))
	for _, ref := range named {
		if text := texts[ref]; text != nil {
			told = append(told, Evidence{Ref: ref, Text: *text})
		}
	}
	return told
}

// describe tells each piece of evidence whose ref is among texts; what is not in
// the recording stays nil.
func describe(rec *recording.Recording, texts map[string]*string) {
	if len(texts) == 0 {
		return
	}
	describeExchanges(rec, texts)
	tell(texts, rec.Deliveries, delivery)
	tell(texts, rec.Handshakes, handshake)
	tell(texts, rec.Marks, mark)
	tell(texts, rec.Findings, found)
	tell(texts, rec.Attestations, func(a *recording.Attestation) string {
		return fmt.Sprintf("%s, stated by %s on %s", a.Statement, a.By, a.Date)
	})
	if rec.Certificate == nil {
		return
	}
	for _, v := range rec.Certificate.Verdicts {
		for _, f := range v.Findings {
			if _, named := texts["sandbox:"+f.Ref]; named {
				texts["sandbox:"+f.Ref] = &f.Shown
			}
		}
	}
}

func tell[T checks.Referrer](texts map[string]*string, all []T, text func(T) string) {
	for _, one := range all {
		if _, named := texts[one.Ref()]; named {
			told := text(one)
			texts[one.Ref()] = &told
		}
	}
}

// attempt is the last of an operation's requests to one path so far, and how many
// there were.
type attempt struct {
	*recording.Exchange
	n int
}

func describeExchanges(rec *recording.Recording, texts map[string]*string) {
	tried := map[[3]string]attempt{} // by operation, method and path
	for _, x := range rec.Exchanges {
		var last attempt
		if of := [3]string{x.Operation, x.Request.Method, x.Request.Path}; x.Operation != "" {
			last = tried[of]
			tried[of] = attempt{x, last.n + 1}
		}
		if _, named := texts[x.ID]; named {
			told := exchange(x, last)
			texts[x.ID] = &told
		}
	}
}

// exchange tells one: "POST /v1/payouts → 503 (ours), key payout-7, attempt 2 of
// r1-7 after 1.2 s".
func exchange(x *recording.Exchange, last attempt) string {
	told := []string{x.Request.Method + " " + shortPath(x.Request) + " → " + answer(x)}
	if k := x.Request.Header["Idempotency-Key"]; len(k) > 0 {
		told = append(told, "key "+short(strings.Join(k, " and ")))
	}
	switch {
	case last.n > 0:
		told = append(told, fmt.Sprintf("attempt %d of %s after %s", last.n+1, x.Operation, seconds(x.Start.Sub(last.End))))
	case x.Operation != "":
		told = append(told, "operation "+x.Operation)
	}
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
