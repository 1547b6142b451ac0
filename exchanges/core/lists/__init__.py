"""Signal lists: what people of a municipality work from, as XLSX, CSV and JSON, sealed for that municipality."""
