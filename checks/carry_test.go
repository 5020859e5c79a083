package checks

import (
	"testing"

	"github.com/anton-payments/golive/proxy/recording"
)

// TestCarry: on a cutover's recording what the sandbox's certificate says
// counts, word by word; a person's word lifts what was not seen alone.
func TestCarry(t *testing.T) {
	past := func(check, outcome string) recording.PastVerdict {
		v := recording.PastVerdict{Check: check, Outcome: outcome, Seen: 3}
		if outcome == "inconclusive" {
			v.Missing = []string{"nobody said so"}
		}
		if outcome == "fail" {
			v.Findings = []recording.PastFinding{{Ref: "x9", Text: "seen, want another"}}
		}
		return v
	}
	e := evidence(t, nil)
	e.Open.Production = &recording.Production{}
	e.Certificate = &recording.Certificate{Verdicts: []recording.PastVerdict{
		past("idempotency-key", "pass"), past("retry-after", "fail"), past("key-storage", "inconclusive"), past("alert", "inconclusive"),
		past("key-from-outside", "fail"), {Check: "webhook-events", Outcome: "not applicable", Reason: "made in the portal"},
		past("retry-429", "splendid"),
	}}
	for _, id := range []string{"key-storage", "key-from-outside"} {
		e.Attestations = append(e.Attestations, &recording.Attestation{Check: id, By: "Jane Doe"})
	}
	for id, want := range map[string]Outcome{
		"idempotency-key": Pass, "retry-after": Fail, "key-storage": Pass, "alert": Inconclusive, "key-from-outside": Fail,
		"webhook-events": NotApplicable, "retry-429": Inconclusive, "retry-5xx": Inconclusive,
	} {
		v, err := Judge(ByID(id), e)
		if err != nil || v.Outcome != want {
			t.Errorf("%s: %v, %v, want %v\n%s", id, v.Outcome, err, want, told(v))
		}
		if id == "retry-after" && told(v) != "sandbox:x9: seen, want another\n" {
			t.Errorf("carried over as %q", told(v))
		}
	}
	if v, _ := Judge(ByID("live-key"), e); v.Outcome != Fail {
		t.Errorf("live-key without a key: %v", v.Outcome)
	}
}
