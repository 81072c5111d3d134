"""The five founding contracts: error formats of real APIs, each as a catalog and a contract.

    errata.contracts.axway      Axway AMPLIFY Support API: five classes of error, `code` and `message`
    errata.contracts.usta       USTA Digital API: a list of numbered errors, 24 codes in a hierarchy
    errata.contracts.telecomx   Telecom X MVNO API (dialect `mvno`): codes with their status, nested errors
    errata.contracts.netmri     Infoblox NetMRI: five codes, in JSON, ExtJS and XML
    errata.contracts.tesma      tesma (dialect `problem`): problem details with nested extension members

Each module has `contract`, `catalog` and the error classes: a server raises
them, a client gets them raised. Where the system leaves a choice, the variants
are further contracts of the module. Importing one does not import the others.
"""
