package recording

// Kinds of secret and personal data. A scrubbed value reads "kind:fingerprint";
// equal values of one run have equal fingerprints, and nobody can go back.
const (
	KindTestKey       = "test-key" // ak_test_…
	KindLiveKey       = "live-key" // ak_live_…
	KindToken         = "token"    // any other credential
	KindWebhookSecret = "webhook-secret"
	KindAccount       = "account"
	KindRouting       = "routing"
	KindIBAN          = "iban"
	KindCard          = "card"
	KindName          = "name"
	KindEmail         = "email"
	KindPhone         = "phone"
	KindBirth         = "birth"
	KindAddress       = "address"
	KindIdentity      = "identity" // tax, national and passport numbers
)
