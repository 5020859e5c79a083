package checks

// carry takes the verdict over that the sandbox's certificate has of the check.
// What a person attested since lifts what was not seen, and no departure.
func (t *Trial) carry() {
	id := t.verdict.Check.ID
	for _, past := range t.Certificate.Verdicts {
		if past.Check != id {
			continue
		}
		var outcome Outcome
		if err := outcome.UnmarshalText([]byte(past.Outcome)); err != nil {
			t.Missingf("the sandbox's certificate tells %q of it; certify again with this golive", past.Outcome)
			return
		}
		t.verdict.Reason = past.Reason
		if past.Seen > 0 {
			t.Saw(t.Certificate)
		}
		for _, missing := range past.Missing {
			t.Missingf("%s", missing)
		}
		for _, f := range past.Findings {
			t.find(place("sandbox:"+f.Ref), f.Advice, "%s", f.Text)
		}
		if outcome != Inconclusive || t.attest == nil {
			t.raise(outcome)
		}
		t.disbelieved()
		return
	}
	t.Missingf("the sandbox's certificate has no verdict of it; certify again with this golive")
}
