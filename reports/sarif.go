package reports

import (
	"io"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/anton-payments/golive/checks"
)

// The part of SARIF 2.1.0 that is written; members as OASIS names them.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool struct {
			Driver sarifDriver `json:"driver"`
		} `json:"tool"`
		Results []sarifResult `json:"results"`
		Columns string        `json:"columnKind"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"semanticVersion"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID            string    `json:"id"`
		Short         sarifText `json:"shortDescription"`
		Full          sarifText `json:"fullDescription"`
		Help          sarifText `json:"help"`
		Configuration struct {
			Level string `json:"level"`
		} `json:"defaultConfiguration"`
		Properties struct {
			Tags []string `json:"tags"`
		} `json:"properties"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		Rule         string            `json:"ruleId"`
		Index        int               `json:"ruleIndex"`
		Level        string            `json:"level"`
		Message      sarifText         `json:"message"`
		Locations    []sarifLocation   `json:"locations"`
		Fingerprints map[string]string `json:"partialFingerprints"`
		Suppressions []sarifWaiver     `json:"suppressions,omitempty"`
	}
	sarifWaiver struct {
		Kind          string `json:"kind"`
		Status        string `json:"status"`
		Justification string `json:"justification"`
	}
	sarifLocation struct {
		Physical struct {
			Artifact struct {
				URI string `json:"uri"`
			} `json:"artifactLocation"`
			Region *sarifRegion `json:"region,omitempty"`
		} `json:"physicalLocation"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
	}
)

// SARIF writes the findings that stand in files, in the source tree, in what
// browsers get and in the logs, as code scanners read them, suppressed where all
// their items are waived. Findings on the wire have no line in a file and are
// left to the other formats.
func SARIF(w io.Writer, r *Report) error {
	run := sarifRun{Results: []sarifResult{}, Columns: "unicodeCodePoints"}
	run.Tool.Driver = sarifDriver{Name: "golive", Version: r.Tool, Rules: []sarifRule{}}
	for i := range r.Verdicts {
		v := &r.Verdicts[i]
		for _, f := range v.Findings {
			place, ok := placeOf(f.Ref)
			if !ok {
				continue
			}
			rules := run.Tool.Driver.Rules
			if len(rules) == 0 || rules[len(rules)-1].ID != v.Check {
				run.Tool.Driver.Rules = append(rules, rule(v))
			}
			found := result(v, f, place, len(run.Tool.Driver.Rules)-1)
			if words, waived := r.waivedCheck(v); waived {
				found.Suppressions = []sarifWaiver{{"external", "accepted", words}}
			}
			run.Results = append(run.Results, found)
		}
	}
	return encode(w, sarifLog{
		Schema: "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json", Version: "2.1.0",
		Runs: []sarifRun{run},
	})
}

func rule(v *Verdict) sarifRule {
	l := sarifRule{ID: v.Check, Short: sarifText{v.Title}, Full: sarifText{v.Why}, Help: sarifText{v.Mend}}
	l.Configuration.Level = "error"
	if v.Level != checks.Must.String() {
		l.Configuration.Level = "note"
	}
	l.Properties.Tags = append([]string{"security"}, names(v.Items)...)
	return l
}

func result(v *Verdict, f Finding, l sarifLocation, rule int) sarifResult {
	level := "error"
	if f.Advice {
		level = "note"
	}
	return sarifResult{
		Rule: v.Check, Index: rule, Level: level, Message: sarifText{f.Text + ". Mend: " + v.Mend}, Locations: []sarifLocation{l},
		Fingerprints: map[string]string{"golive/v1": v.Check + " " + f.Ref},
	}
}

// placeOf takes the ref of a finding in a file apart: "src:pay/client.js:7",
// "public:app.js:1", "log:stdout:40". The last is a stream, told by its name.
func placeOf(ref string) (l sarifLocation, ok bool) {
	kind, place, _ := strings.Cut(ref, ":")
	if !slices.Contains([]string{"src", "public", "log"}, kind) || place == "" {
		return l, false
	}
	if at := strings.LastIndexByte(place, ':'); at > 0 {
		if line, err := strconv.Atoi(place[at+1:]); err == nil {
			place = place[:at]
			if line > 0 {
				l.Physical.Region = &sarifRegion{line}
			}
		}
	}
	l.Physical.Artifact.URI = (&url.URL{Path: place}).String()
	return l, true
}
