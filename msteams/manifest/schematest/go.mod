module github.com/novu-go/novu/msteams/manifest/schematest

go 1.25.0

replace github.com/novu-go/novu => ../../..

require (
	github.com/dlclark/regexp2 v1.11.5
	github.com/novu-go/novu v0.0.0-00010101000000-000000000000
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.3
	github.com/stretchr/testify v1.12.1
)

require (
	go.yaml.in/yaml/v3 v3.0.5 // indirect
	golang.org/x/text v0.14.0 // indirect
)
