package checks

import (
	"strings"

	"github.com/anton-payments/golive/proxy/recording"
)

var logItems = []Item{Logs, LaunchLogs}

var logSecrets = add(&Check{
	ID:    "log-secrets",
	Title: "no key, secret or bank detail is in the logs",
	Doc: `Logs are copied, shipped and read by many; a key or an account number in them is a
leak that has to be reported.

Looked at: every line that the app wrote, searched for the bank details, the key and the
webhook secret of this run, plain, grouped, escaped, in base64 and hex. Mend: log
references, ids and statuses; mask the rest to its last four characters.`,
	Items: logItems,
	Run: func(t *Trial) {
		t.wrote()
		t.leaked(map[string]string{
			recording.KindTestKey: "API key", recording.KindLiveKey: "live API key", recording.KindToken: "access token",
			recording.KindWebhookSecret: "webhook secret", recording.KindAccount: "account number",
			recording.KindIBAN: "IBAN", recording.KindRouting: "routing number", recording.KindCard: "card number",
		})
	},
})

var logPersonal = add(&Check{
	ID:    "log-personal",
	Title: "no personal data of payees is in the logs",
	Doc: `Names and addresses in logs fall under the law of the payee's country, for as long as
the logs are kept.

Looked at: every line that the app wrote, searched for the names, e-mails, phones, birth
dates and addresses of this run. Mend: log the payee's id.`,
	Items: logItems,
	Level: Should,
	Run: func(t *Trial) {
		t.wrote()
		t.leaked(map[string]string{
			recording.KindName: "name", recording.KindEmail: "e-mail address", recording.KindPhone: "phone number",
			recording.KindBirth: "date of birth", recording.KindAddress: "address", recording.KindIdentity: "tax or identity number",
		})
	},
})

var logPresent = add(&Check{
	ID:    "log-present",
	Title: "the app writes a log",
	Doc: `An app that logs nothing cannot leak, and nobody can say in the morning what it did
with the money at night.

Looked at: lines on stdout, stderr and in app.logs while operations ran. Mend: log each
operation with its reference, and name the log files in app.logs.`,
	Items: logItems,
	Run:   func(t *Trial) { t.wrote() },
})

// wrote sees the app's output, or says that there was none.
func (t *Trial) wrote() {
	for _, m := range t.Marks {
		if m.Kind != recording.MarkOutput {
			continue
		}
		switch {
		case m.Facts["lines"] == "0" || m.Facts["lines"] == "":
			t.Missingf("the app wrote no line of log; name its log files in app.logs")
		case len(t.Everything()) == 0 && len(t.Exchanges) == 0:
			t.Missingf("the app did nothing that it could have logged; let actions.pay create payouts")
		default:
			t.Saw(m)
		}
		return
	}
	t.Missingf("the app's output was not seen; let golive start the app (app.command), or name its log files in app.logs")
}

// leaked fails the findings of the kinds given, each with its word.
func (t *Trial) leaked(kinds map[string]string) {
	var told tally
	for _, f := range t.Findings {
		word := kinds[f.Kind]
		if word == "" || !strings.HasPrefix(f.Place, "log:") {
			continue
		}
		told.add(f, word+written(f.Encoding)+" in the log")
	}
	told.fail(t, "it masked or left out")
}

// written tells how a value was spelled; plain needs no word.
func written(encoding string) string {
	switch encoding {
	case "", "plain":
		return ""
	case "masked":
		return " with more than its last four characters"
	case "grouped":
		return " in groups"
	case "case":
		return " in other case"
	case "json", "url":
		return " with " + encoding + " escapes"
	}
	return " in " + encoding
}
