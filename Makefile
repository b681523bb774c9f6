# make ablation   set everything up and measure the paper's Table 4 on the embedded street scenes
# make test       set everything up and run the tests
# make lint       ruff and mypy
# make results    renew the published tables and figures in results/
# make asv        measure the last commit with asv, and make its pages
# make instructions   fail where more instructions are executed than at the parent commit
# make env        only the environment, in .venv

PYTHON ?= python3
BIN := .venv/bin
EXTRAS := bench,models,peers,speed,test

.PHONY: env ablation test lint results asv instructions clean

env: .venv/ready

# Made again only when what it is made from changes.
.venv/ready: pyproject.toml constraints.txt partitioners/CMakeLists.txt $(wildcard partitioners/native/*)
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --upgrade setuptools setuptools-scm scikit-build-core pybind11 cmake ninja
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation --editable '.[$(EXTRAS)]'
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --no-build-isolation inplace-abn \
		|| echo "inplace-abn could not be built: DaffNet does without it"
	touch $@

ablation: env
	$(BIN)/python -m bench.ablation

test: env
	$(BIN)/python -m pytest

lint: env
	$(BIN)/ruff check .
	$(BIN)/mypy

# Published tables and figures. NUCLEI: a folder with images/ and masks/, for the second one.
results: env
	$(BIN)/python -m bench.ablation --output results/ablation/street-oracle
	$(if $(NUCLEI),$(BIN)/python -m bench.ablation --dataset nuclei --root $(NUCLEI) \
		--output results/ablation/nuclei-oracle)

asv: env
	$(BIN)/asv machine --yes
	$(BIN)/asv run HEAD^!
	$(BIN)/asv publish

instructions: env
	$(BIN)/python -m bench.instructions

clean:
	rm -rf .venv .asv build
