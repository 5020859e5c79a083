package recording

import "time"

// Production is what a look at production was asked to find there: golive.yaml
// by the words of the merchant, and the key by its kind alone.
type Production struct {
	Host      string     `json:"host"`                // production's by the profile; Open.Upstream is the one looked at
	Key       string     `json:"key"`                 // fingerprint of the key given: "live-key:…", "test-key:…", "token:…" for another form
	Webhook   string     `json:"webhook,omitempty"`   // URL that should be registered; empty: any
	Payees    []string   `json:"payees,omitempty"`    // ids of payees and instruments that should exist
	Corridors []Corridor `json:"corridors,omitempty"` // that should be active
	Config    []string   `json:"config,omitempty"`    // files that were to be searched
	Probe     bool       `json:"probe,omitempty"`     // the unsigned POST was asked for
	Watch     *Watch     `json:"watch,omitempty"`     // a look of golive watch; nil: golive cutover's
}

// Corridor is a way of money that the merchant declares.
type Corridor struct {
	From    string `json:"from"`    // source currency
	To      string `json:"to"`      // destination currency
	Country string `json:"country"` // ISO 3166-1 alpha-2
}

func (c Corridor) String() string { return c.From + " to " + c.To + " in " + c.Country }

// Watch is what golive watch is to speak up at. Amounts are decimals by
// currency, as written.
type Watch struct {
	Since time.Time         `json:"since"`           // payouts and events from before are left out
	Low   map[string]string `json:"low,omitempty"`   // an available balance below it is low
	Large map[string]string `json:"large,omitempty"` // a first payout above it is large
}

// Certificate is the verified certificate of the sandbox run that a cutover
// rests on: the verdicts as they stand in its report, to be carried over.
type Certificate struct {
	Decision string        `json:"decision"` // "certified"
	Sections []string      `json:"sections"` // what it certifies
	Run      string        `json:"run"`
	At       time.Time     `json:"at"` // when that run began
	App      string        `json:"app"`
	Profile  string        `json:"profile"`
	Digest   string        `json:"sha256"`           // of that run's recording, hex
	Signer   string        `json:"signer,omitempty"` // who signed, by the key holder's own word; empty: nobody
	KeyID    string        `json:"key_id,omitempty"`
	Known    bool          `json:"known,omitempty"`  // signed with a key that the caller trusts
	Waived   []string      `json:"waived,omitempty"` // items that did not pass, by waivers of such a key
	IDs      []string      `json:"ids,omitempty"`    // of payees, instruments and subscriptions in the sandbox
	Verdicts []PastVerdict `json:"verdicts"`
}

// PastVerdict is what a check said about the sandbox run.
type PastVerdict struct {
	Check    string        `json:"check"`
	Outcome  string        `json:"outcome"` // as reports write it; "not applicable" included
	Reason   string        `json:"reason,omitempty"`
	Seen     int           `json:"seen"` // pieces of evidence that bore on it
	Missing  []string      `json:"missing,omitempty"`
	Findings []PastFinding `json:"findings,omitempty"`
}

// PastFinding is a departure that a check found in the sandbox run.
type PastFinding struct {
	Ref    string `json:"ref"`
	Text   string `json:"text"`
	Shown  string `json:"shown,omitempty"` // what the ref stands for
	Advice bool   `json:"advice,omitempty"`
}

// Waiver is a waiver's file as it was read, and the key of Anton that it was
// to be signed with. Reports say whether it holds.
type Waiver struct {
	File string    `json:"file"`
	Text []byte    `json:"text"`          // the signed envelope, byte by byte
	Key  string    `json:"key,omitempty"` // public key of Anton, Ed25519, hex; empty: none was given
	At   time.Time `json:"at,omitzero"`   // when it was read; zero: as the run began
}
