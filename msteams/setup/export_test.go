package setup

// Decoders that read what services and tokens say, for fuzzing.
var (
	ReadCLIToken  = readCLIToken
	DecodeSuccess = decodeSuccess
)

// ClaimsOf is what a token says about itself.
func ClaimsOf(token string) (known bool, tenant string, granted []string, appOnly bool) {
	c := readClaims(token)
	return c.known, c.tenant, c.granted, c.appOnly
}

// CompareVersions compares MAJOR.MINOR.PATCH by number.
var CompareVersions = compareVersions
