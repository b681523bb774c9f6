"""The promises of partitioners, affinity models and data sets, checked on built-in ones and on plug-ins."""
